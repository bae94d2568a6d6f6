import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEmulator } from '../emulator/server';
import { installN8n } from './machine/install';
import { packPackage } from './machine/package';
import { EXAMPLE_WORKFLOWS, type N8nVersion } from './machine/paths';
import { freePorts } from './machine/ports';
import { N8nApi, OWNER } from './server/api';
import { startN8n } from './server/n8n';
import { exampleDraft } from './server/examples';
import { people } from './server/workflows';
import { CREDENTIAL_NAME, newCredential } from './suites/world';

export interface OpenOptions {
	readonly version: N8nVersion;
	readonly tarball?: string;
	/** Another one is taken if it is not free. */
	readonly port: number;
	say(line: string): void;
}

/**
 * Opens the real n8n with the package installed, an emulated Store, an owner, a credential and the
 * example workflows, and keeps it open until Ctrl-C. Everything that it started ends with it, and the
 * folder with n8n's data goes.
 */
export async function openEditor({ version, tarball, port, say }: OpenOptions): Promise<void> {
	const ended = signalled();
	const installation = await installN8n(version, say);
	const packed = await packPackage(tarball);
	const folder = await mkdtemp(join(tmpdir(), 'store-seats-open-'));
	const closing: Array<() => Promise<unknown>> = [
		async () => await rm(folder, { recursive: true, force: true }),
		packed.remove,
	];
	try {
		const emulator = await startEmulator();
		closing.unshift(emulator.close);
		const leavers = await serveLeavers();
		closing.unshift(leavers.close);
		say(`Starting n8n ${version} …`);
		const userFolder = join(folder, 'user');
		await mkdir(userFolder);
		const n8n = await Promise.race([
			startN8n({ installation, tarball: packed.file, userFolder, port: await free(port) }),
			ended,
		]);
		if (n8n === undefined) return;
		closing.unshift(n8n.stop);
		const api = new N8nApi(n8n.url, version !== '2.0.3');
		await api.setUpOwner();
		await newCredential({ api, storeUrl: emulator.url }, {}, CREDENTIAL_NAME);
		const names = readdirSync(EXAMPLE_WORKFLOWS).filter((file) => file.endsWith('.json'));
		for (const file of names) {
			const draft = await exampleDraft(file.replace(/\.json$/, ''), leavers.url);
			await api.createWorkflow(draft);
		}
		say(`n8n: ${n8n.url}  login: ${OWNER.email} / ${OWNER.password}  (Ctrl-C ends it)`);
		await ended;
	} finally {
		for (const close of closing) await close().catch(() => {});
	}
}

async function signalled(): Promise<undefined> {
	await new Promise<void>((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.on(signal, () => resolve());
		}
	});
	return undefined;
}

/** The port asked for if it is free, any other otherwise. */
async function free(port: number): Promise<number> {
	const server = createServer();
	const isFree = await new Promise<boolean>((resolve) => {
		server.on('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => resolve(true));
	});
	await new Promise((resolve) => server.close(resolve));
	return isFree ? port : (await freePorts(1))[0];
}

/** A list of leavers on this machine, for the example that fetches one every night. */
async function serveLeavers(): Promise<{ url: string; close(): Promise<unknown> }> {
	const server = createServer((_request, response) => {
		response.setHeader('content-type', 'text/csv');
		response.end(['email', ...people(5, 1).map(({ email }) => email)].join('\n'));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/leavers.csv`,
		close: async () => await new Promise((resolve) => server.close(resolve)),
	};
}
