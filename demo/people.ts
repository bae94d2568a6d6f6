import { readFile } from 'node:fs/promises';

import { parseCsv } from '../harness/nodes';

/** Something about the input that the person at the terminal has to change; the message is a sentence. */
export class InputRefused extends Error {}

/**
 * The names in a column of a CSV, one a row, empty cells included. Refuses a file that cannot be read,
 * one without rows and a column that is not there, each with a sentence that says what to do.
 */
export async function namesIn(file: string, column: string): Promise<string[]> {
	let content: string;
	try {
		content = await readFile(file, 'utf8');
	} catch (error) {
		const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
		throw new InputRefused(
			missing
				? `There is no file ${file}. Give the path of a CSV with a header line.`
				: `The file ${file} cannot be read. Check that it is a file and that you may open it.`,
		);
	}
	let rows: Array<Record<string, string>>;
	try {
		rows = parseCsv(content);
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new InputRefused(`${file} is no CSV that can be read: ${why}.`);
	}
	if (rows.length === 0) {
		throw new InputRefused(
			`${file} has no rows. It needs a header line and one line for each person.`,
		);
	}
	const columns = Object.keys(rows[0]);
	if (!columns.includes(column)) {
		throw new InputRefused(
			`${file} has no column "${column}". Its columns are: ${columns.join(', ')}. Choose one with --column.`,
		);
	}
	return rows.map((row) => row[column] ?? '');
}
