import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

import { until } from './poll';

/** A process in a group of its own, so that it ends with everything that it started. */
export interface Background {
	readonly pid: number;
	/** False once the process has ended, by itself or not. */
	readonly alive: boolean;
	/** Asks it to end, and after `graceMs` ends it with its whole group. */
	stop(graceMs?: number): Promise<void>;
	/** Ends it with its whole group at once, as a power cut would. */
	kill(): Promise<void>;
}

const running = new Set<ChildProcess>();

function killGroup(child: ChildProcess): void {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, 'SIGKILL');
	} catch {
		// The group has ended already.
	}
}

process.on('exit', () => {
	for (const child of running) killGroup(child);
});

/** Makes Ctrl-C and its like end this process with all that it started, at once. */
export function endOnSignals(): void {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.on(signal, () => process.exit(130));
	}
}

/** Starts a process whose output goes to a log file. It does not outlive this one. */
export function startBackground(
	command: string,
	args: readonly string[],
	{ env, cwd, logFile }: { env: NodeJS.ProcessEnv; cwd: string; logFile: string },
): Background {
	const log = createWriteStream(logFile, { flags: 'a' });
	const child = spawn(command, args, {
		env,
		cwd,
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	running.add(child);
	child.stdout.pipe(log, { end: false });
	child.stderr.pipe(log, { end: false });
	let alive = child.pid !== undefined;
	child.on('error', () => (alive = false));
	child.on('exit', () => {
		alive = false;
		killGroup(child);
		running.delete(child);
	});
	const ended = async () =>
		await until(`process ${child.pid} to end`, () => !alive, { timeoutMs: 15_000, everyMs: 20 });
	const kill = async () => {
		killGroup(child);
		if (alive) await ended();
	};
	return {
		pid: child.pid ?? -1,
		get alive() {
			return alive;
		},
		kill,
		stop: async (graceMs = 8000) => {
			if (!alive) return;
			child.kill('SIGTERM');
			await until('a quiet end', () => !alive, { timeoutMs: graceMs, everyMs: 20 }).catch(kill);
		},
	};
}
