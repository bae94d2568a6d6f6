import { spawn } from 'node:child_process';

export interface CommandOptions {
	readonly cwd: string;
	readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a command to its end and gives what it wrote to stdout. Rejects with the end of its output if
 * it fails.
 */
export async function run(
	command: string,
	args: readonly string[],
	{ cwd, env = process.env }: CommandOptions,
): Promise<string> {
	const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
	let output = '';
	let all = '';
	child.stdout.on('data', (chunk: Buffer) => {
		output += chunk.toString();
		all += chunk.toString();
	});
	child.stderr.on('data', (chunk: Buffer) => (all += chunk.toString()));
	const code = await new Promise<number | null>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	if (code === 0) return output;
	throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${all.slice(-3000)}`);
}

/** Seconds that the work took, to one decimal, beside what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number }> {
	const startedMs = Date.now();
	const value = await work();
	return { value, seconds: Math.round((Date.now() - startedMs) / 100) / 10 };
}
