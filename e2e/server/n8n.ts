import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Installation } from '../machine/install';
import { installCommunityPackage } from '../machine/package';
import { until } from '../machine/poll';
import { freePorts } from '../machine/ports';
import { type Background, startBackground } from '../machine/processes';
import { n8nSettings } from './settings';

export interface N8nOptions {
	readonly installation: Installation;
	readonly tarball: string;
	/** Default: any free port. */
	readonly port?: number;
	/** Default: a new folder, which goes when n8n stops. */
	readonly userFolder?: string;
	readonly extra?: NodeJS.ProcessEnv;
}

/** An n8n that runs with the package in it. */
export interface RunningN8n {
	readonly url: string;
	readonly userFolder: string;
	readonly startSeconds: number;
	/** What it has written so far. */
	log(): Promise<string>;
	/** Hosts beyond this machine that it wanted to reach (and was not let). */
	outbound(): Promise<string[]>;
	stop(): Promise<void>;
}

/** Starts n8n on SQLite and gives it back once it serves its editor with the package's node types. */
export async function startN8n(options: N8nOptions): Promise<RunningN8n> {
	const startedMs = Date.now();
	const userFolder = options.userFolder ?? (await mkdtemp(join(tmpdir(), 'store-seats-n8n-')));
	const logFile = join(userFolder, 'n8n.log');
	const outboundFile = join(userFolder, 'outbound.txt');
	const { installation } = options;
	let started: Background | undefined;
	const stop = async () => {
		await started?.stop();
		if (options.userFolder === undefined) await rm(userFolder, { recursive: true, force: true });
	};
	const [freeEditor, broker] = await freePorts(2);
	const editor = options.port ?? freeEditor;
	const url = `http://127.0.0.1:${editor}`;
	try {
		await installCommunityPackage(userFolder, options.tarball);
		started = startBackground(installation.node, [installation.cli, 'start'], {
			env: n8nSettings({
				version: installation.version,
				userFolder,
				ports: { editor, broker },
				outboundFile,
				extra: options.extra,
			}),
			cwd: userFolder,
			logFile,
		});
		await untilReady(url, started, logFile);
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		url,
		userFolder,
		startSeconds: Math.round((Date.now() - startedMs) / 100) / 10,
		log: async () => await readFile(logFile, 'utf8'),
		outbound: async () => (existsSync(outboundFile) ? await lines(outboundFile) : []),
		stop,
	};
}

/**
 * Waits until a process of n8n says that it is up, its database included, and (unless it serves no
 * editor) answers on its API; fails at once if the process ends.
 */
export async function untilReady(
	url: string,
	started: Background,
	logFile: string,
	serves = true,
): Promise<void> {
	let ended = false;
	await until(
		`n8n at ${url}`,
		async () => {
			ended = !started.alive;
			if (ended) return true;
			const ready = await fetch(`${url}/healthz/readiness`);
			if (!ready.ok || !serves) return ready.ok;
			const settings = await fetch(`${url}/rest/settings`);
			return settings.ok && (settings.headers.get('content-type') ?? '').includes('json');
		},
		{ timeoutMs: 180_000, everyMs: 250 },
	);
	if (ended)
		throw new Error(`n8n ended at its start:\n${(await readFile(logFile, 'utf8')).slice(-3000)}`);
}

const lines = async (file: string): Promise<string[]> => [
	...new Set((await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')),
];
