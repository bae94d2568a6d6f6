import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run, timed } from '../machine/commands';
import type { Installation } from '../machine/install';
import { E2E } from '../machine/paths';
import { giving } from '../suites/given';
import type { Part, PartResult, TestResult } from './results';

/**
 * Runs one part of the suite in a process of its own, its report on the screen, and gives what became
 * of each test. A process that ends without having reported anything counts as a failed test.
 */
export async function runSuite(
	part: Part,
	installation: Installation,
	tarball: string,
	env: NodeJS.ProcessEnv = {},
): Promise<PartResult> {
	const folder = await mkdtemp(join(tmpdir(), 'store-seats-results-'));
	const testsFile = join(folder, 'tests.jsonl');
	const notesFile = join(folder, 'notes.jsonl');
	const reporters = [
		['spec', 'stdout'],
		[join(E2E, 'report', 'collector.mjs'), testsFile],
	].flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]);
	const suite = join(E2E, 'suites', `${part}.ts`);
	try {
		const { value: code, seconds } = await timed(
			async () =>
				await foreground(process.execPath, ['--import', 'tsx', ...reporters, suite], {
					...process.env,
					...env,
					...giving({ installation, tarball, notesFile }),
				}),
		);
		const tests = await jsonLines<TestResult>(testsFile);
		const notes = await jsonLines<{ what: string; seconds: number }>(notesFile);
		if (code !== 0 && tests.every((test) => test.passed)) {
			const name = `the suite ended with ${code}`;
			tests.push({ name, groups: [], passed: false, skipped: false, ms: 0 });
		}
		const node = (await run(installation.node, ['--version'], { cwd: E2E })).trim();
		return { version: installation.version, part, node, tests, seconds, notes };
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** A command on this terminal. Signals go to it too, and are waited out, so that it can clean up. */
async function foreground(
	command: string,
	args: readonly string[],
	env: NodeJS.ProcessEnv,
): Promise<number | string> {
	const child = spawn(command, args, { cwd: E2E, env, stdio: 'inherit' });
	const pass = (signal: NodeJS.Signals) => child.kill(signal);
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	for (const signal of signals) process.on(signal, pass);
	const code = await new Promise<number | string>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
	});
	for (const signal of signals) process.off(signal, pass);
	if (typeof code === 'string') throw new Error(`The suite was ended by ${code}`);
	return code;
}

async function jsonLines<T>(file: string): Promise<T[]> {
	if (!existsSync(file)) return [];
	const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
	return lines.map((line) => JSON.parse(line) as T);
}
