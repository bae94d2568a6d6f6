import { readFile } from 'node:fs/promises';

import { parseCsv } from '../harness/nodes';

/** Something about the input that the person at the terminal has to change; the message is a sentence. */
export class InputRefused extends Error {}

/**
 * The names in a column of a CSV, one a row, empty cells included. Refuses a file that cannot be read,
 * one without rows and a column that is not there, each with a sentence that says what to do.
 */
export async function namesIn(file: string, column: string): Promise<string[]> {
	const content = textOf(file, await bytesOf(file));
	let rows: Array<Record<string, string>>;
	try {
		rows = parseCsv(content);
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new InputRefused(
			`${file} is no CSV that can be read: ${why.replace(/\.$/, '').slice(0, 200)}. Save it as CSV UTF-8 and try again.`,
		);
	}
	if (rows.length === 0) {
		throw new InputRefused(
			`${file} has no rows. It needs a header line and one line for each person.`,
		);
	}
	const columns = Object.keys(rows[0]);
	if (!columns.includes(column)) {
		throw new InputRefused(
			`${file} has no column "${column}". Its first line, which has to hold the names of the columns, has: ${columns.join(', ')}. Choose one with --column.`,
		);
	}
	return rows.map((row) => row[column] ?? '');
}

async function bytesOf(file: string): Promise<Buffer> {
	try {
		return await readFile(file);
	} catch (error) {
		const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
		throw new InputRefused(
			missing
				? `There is no file ${file}. Give the path of a CSV with a header line.`
				: `The file ${file} cannot be read. Check that it is a file and that you may open it.`,
		);
	}
}

const SAVE_AS = 'In Excel, choose Save As and "CSV UTF-8".';

function textOf(file: string, bytes: Buffer): string {
	if (bytes.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'))) {
		throw new InputRefused(`${file} is an Excel workbook, not a CSV. ${SAVE_AS}`);
	}
	try {
		const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
		if (!text.includes('\0')) return text;
	} catch {
		// Told below: the same remedy for UTF-16, Windows-1252 and whatever is no text at all.
	}
	throw new InputRefused(`${file} is not written in UTF-8. ${SAVE_AS}`);
}
