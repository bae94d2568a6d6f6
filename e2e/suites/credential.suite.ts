import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, it } from 'node:test';

import type { Json } from '../server/api';
import { storeSeats } from '../server/workflows';
import { goLive } from './posting';
import { CREDENTIAL_TYPE, credentialData, newCredential, type World } from './world';

/** Somewhere on this machine that a secret must never come to. */
interface Trap {
	readonly port: number;
	readonly heard: string[];
	close(): void;
}

async function setTrap(): Promise<Trap> {
	const heard: string[] = [];
	const server = createServer((request, response) => {
		heard.push(`${request.method} ${request.url}`);
		response.end('{}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return { port, heard, close: () => server.close() };
}

export function credentialSuite(world: () => World): void {
	let trap: Trap;
	before(async () => {
		trap = await setTrap();
	});
	after(() => trap.close());
	beforeEach(() => {
		world().emulator.reset();
		trap.heard.length = 0;
	});

	const test = async (changes: Json) => {
		const reference = await newCredential(world(), changes);
		const { id, name } = reference[CREDENTIAL_TYPE];
		const data = credentialData(world().storeUrl, changes);
		return await world().api.testCredential({ id, name, type: CREDENTIAL_TYPE }, data);
	};
	const reached = () => world().emulator.log.map(({ operation, status }) => [operation, status]);

	it('passes n8n’s own test with the right secret', async () => {
		assert.equal((await test({})).status, 'OK');
		assert.deepEqual(reached(), [
			['token', 200],
			['getInventory', 200],
		]);
	});

	it('fails n8n’s own test with a wrong secret, and asks the Store for nothing', async () => {
		const { status, message } = await test({ clientSecret: 'another-secret' });
		assert.equal(status, 'Error');
		assert.doesNotMatch(message, /another-secret/);
		assert.ok(reached().every(([operation]) => operation === 'token'));
	});

	it('fails n8n’s own test where the Store refuses the app', async () => {
		world().emulator.faults.add({
			on: { operation: 'getInventory' },
			effect: { kind: 'status', status: 403 },
		});
		assert.equal((await test({})).status, 'Error');
	});

	const cannotBeRight: Array<[string, (port: number) => Json]> = [
		['a tenant that leads elsewhere', () => ({ tenantId: '../../common' })],
		['a tenant with a query', () => ({ tenantId: 'contoso.com?x=' })],
		['a blank tenant', () => ({ tenantId: ' ' })],
		['an authority without encryption', () => ({ authority: 'http://login.example.com' })],
		['an authority with a user name', (port) => ({ authority: `http://u@127.0.0.1:${port}` })],
		['an authority with a query', (port) => ({ authority: `http://127.0.0.1:${port}/?x=` })],
		['an authority with a fragment', (port) => ({ authority: `http://127.0.0.1:${port}#` })],
		['an authority that is a sentence', () => ({ authority: 'the usual one' })],
	];
	for (const [what, changes] of cannotBeRight) {
		it(`sends nothing anywhere with ${what}, neither in the test nor in a run`, async () => {
			const { status } = await test(changes(trap.port));
			const run = await runWith(changes(trap.port));
			assert.equal(status, 'Error');
			assert.equal(run.status, 'error');
			assert.deepEqual(reached(), []);
			assert.deepEqual(trap.heard, []);
		});
	}

	const wrongBases: Array<[string, (port: number) => Json]> = [
		['without encryption', () => ({ baseUrl: 'http://store.example.com' })],
		['with a user name', (port) => ({ baseUrl: `http://u@127.0.0.1:${port}` })],
		['with a query', (port) => ({ baseUrl: `http://127.0.0.1:${port}/?x=` })],
	];
	for (const [what, changes] of wrongBases) {
		it(`carries no token to a base URL ${what}, neither in the test nor in a run`, async () => {
			const { status } = await test(changes(trap.port));
			const run = await runWith(changes(trap.port));
			assert.equal(status, 'Error');
			assert.equal(run.status, 'error');
			assert.ok(reached().every(([operation]) => operation === 'token'));
			assert.deepEqual(trap.heard, []);
		});
	}

	const runWith = async (changes: Json) => {
		const credentials = await newCredential(world(), changes);
		const posting = await goLive(world(), [storeSeats({}, { credentials })]);
		const { execution } = await posting.post({ people: [{ email: 'ada@contoso.com' }] });
		assert.doesNotMatch(execution.raw, /emulator-secret/);
		return execution;
	};
}
