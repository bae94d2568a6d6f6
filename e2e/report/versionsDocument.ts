import { readFile, writeFile } from 'node:fs/promises';

import { N8N_VERSIONS, VERSIONS_DOCUMENT } from '../machine/paths';
import { type InstallTimes, type PartResult, passed, PARTS, type TestResult } from './results';

const BEGIN = '<!-- generated: begin -->';
const END = '<!-- generated: end -->';

/** Puts the newest results in place of the generated section of docs/n8n-versions.md. */
export async function writeVersionsDocument(results: {
	parts: readonly PartResult[];
	installSeconds: InstallTimes;
}): Promise<void> {
	const text = await readFile(VERSIONS_DOCUMENT, 'utf8');
	const from = text.indexOf(BEGIN);
	const to = text.indexOf(END);
	if (from < 0 || to < from) throw new Error(`${VERSIONS_DOCUMENT} has no generated section`);
	const generated = [table(results.parts), times(results)].join('\n\n');
	await writeFile(
		VERSIONS_DOCUMENT,
		`${text.slice(0, from)}${BEGIN}\n\n${generated}\n\n${text.slice(to)}`,
	);
}

/** One row for each group of tests, one column for each version. */
function table(parts: readonly PartResult[]): string {
	const rows = PARTS.flatMap((part) => {
		const ofPart = parts.filter((result) => result.part === part);
		const groups = [...new Set(ofPart.flatMap(({ tests }) => tests.map(groupOf)))];
		return groups.map((group) => [
			`${part}: ${group}`,
			...N8N_VERSIONS.map((version) => {
				const result = ofPart.find((one) => one.version === version);
				return cell(result?.tests.filter((test) => groupOf(test) === group) ?? []);
			}),
		]);
	});
	return lay([
		['Verified in the real n8n', ...N8N_VERSIONS.map((version) => `n8n ${version}`)],
		...rows,
	]);
}

const groupOf = ({ groups, name }: TestResult): string => groups[1] ?? name;

function cell(tests: readonly TestResult[]): string {
	if (tests.length === 0) return '–';
	const failures = tests.filter((test) => !test.passed).length;
	const passes = tests.filter((test) => test.passed && !test.skipped).length;
	return failures === 0 ? `${passes} passed` : `**${failures} failed**, ${passes} passed`;
}

function times({
	parts,
	installSeconds,
}: {
	parts: readonly PartResult[];
	installSeconds: InstallTimes;
}): string {
	const rows = N8N_VERSIONS.map((version) => {
		const ofVersion = parts.filter((result) => result.version === version);
		const start = ofVersion.flatMap(({ notes }) => notes).find(({ what }) => what === 'start');
		return [
			version,
			ofVersion.find(({ node }) => node !== '')?.node ?? '–',
			seconds(installSeconds[version]),
			seconds(start?.seconds),
			...PARTS.map((part) => {
				const result = ofVersion.find((one) => one.part === part);
				if (result === undefined || result.missing !== undefined) return '–';
				return `${passed(result)} tests in ${seconds(result.seconds)}`;
			}),
		];
	});
	return lay([['n8n', 'on Node', 'Installation', 'Start', ...PARTS], ...rows]);
}

const seconds = (value: number | undefined): string =>
	value === undefined ? '–' : `${Math.round(value)} s`;

/** A Markdown table as prettier lays it out. */
function lay(rows: ReadonlyArray<readonly string[]>): string {
	const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
	const line = (row: readonly string[]) =>
		`| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`;
	const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
	return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}
