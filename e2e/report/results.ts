import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CACHE, type N8nVersion } from '../machine/paths';

/** The parts of the suite, in the order in which they run. */
export const PARTS = ['server', 'editor', 'queue'] as const;
export type Part = (typeof PARTS)[number];
export const isPart = (name: string): name is Part => PARTS.some((part) => part === name);

export interface TestResult {
	readonly name: string;
	readonly groups: readonly string[];
	readonly passed: boolean;
	readonly skipped: boolean;
	readonly ms: number;
}

/** What one part on one version of n8n came to. */
export interface PartResult {
	readonly version: N8nVersion;
	readonly part: Part;
	/** The Node that n8n ran on. */
	readonly node: string;
	readonly tests: readonly TestResult[];
	readonly seconds: number;
	/** What was measured under way, such as the start of n8n. */
	readonly notes: ReadonlyArray<{ what: string; seconds: number }>;
	/** Why the part could not run here; it counts as failed unless that was allowed. */
	readonly missing?: string;
}

/** Seconds of installation, by version; kept until the version is installed anew. */
export type InstallTimes = Partial<Record<N8nVersion, number>>;

interface Kept {
	installSeconds: InstallTimes;
	parts: PartResult[];
}

const file = (): string => join(CACHE, 'results.json');

export async function keptResults(): Promise<Kept> {
	if (!existsSync(file())) return { installSeconds: {}, parts: [] };
	return JSON.parse(await readFile(file(), 'utf8')) as Kept;
}

/**
 * Keeps the newest result of each part on each version, for the table in the documentation. A part that
 * could not run leaves an earlier result of it as it is.
 */
export async function keepResults(
	results: readonly PartResult[],
	installSeconds: InstallTimes,
): Promise<Kept> {
	const kept = await keptResults();
	const parts = results.filter(({ missing }) => missing === undefined);
	const isNew = (old: PartResult) =>
		parts.some(({ part, version }) => part === old.part && version === old.version);
	const all = {
		installSeconds: { ...kept.installSeconds, ...installSeconds },
		parts: [...kept.parts.filter((old) => !isNew(old)), ...parts],
	};
	await mkdir(CACHE, { recursive: true });
	await writeFile(file(), JSON.stringify(all, null, '\t'));
	return all;
}

export const passed = ({ tests }: PartResult): number =>
	tests.filter((test) => test.passed && !test.skipped).length;

export const failed = ({ tests }: PartResult): number =>
	tests.filter((test) => !test.passed).length;
