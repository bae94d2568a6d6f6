import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, it } from 'node:test';

import { E2E, EXAMPLE_WORKFLOWS } from '../machine/paths';
import { until } from '../machine/poll';
import { itemsOf, type StoredWorkflow, type WorkflowDraft } from '../server/api';
import { exampleDraft } from '../server/examples';
import { people } from '../server/workflows';
import { CREDENTIAL_NAME, CREDENTIAL_TYPE, newCredential, PRODUCT, SKU, type World } from './world';

/** Those of the class list, in the order of the alphabet, and those of the results. */
const COLUMNS = ['class', 'email', 'name', 'reason', 'status', 'username'];

/** The example workflows, imported as they are into an n8n that has the credential they name. */
export function examplesSuite(world: () => World): void {
	let leavers: Server;
	let credentialId = '';
	before(async () => {
		const reference = await newCredential(world(), {}, CREDENTIAL_NAME);
		credentialId = reference[CREDENTIAL_TYPE].id;
		leavers = createServer((_request, response) => {
			const left = people(12, 1).map(({ email }) => `${email},2026-01-31`);
			const others = ['pupil0013@contoso.com,2999-12-31', 'pupil0014@contoso.com,'];
			response.setHeader('content-type', 'text/csv');
			// As Excel writes it: with a byte order mark.
			response.end(`\ufeff${['email,last day', ...left, ...others].join('\n')}`);
		});
		await new Promise<void>((resolve) => leavers.listen(0, '127.0.0.1', resolve));
	});
	after(() => leavers.close());
	beforeEach(() => world().emulator.reset());
	afterEach(async () => {
		for (const workflow of live.splice(0)) await world().api.deactivate(workflow);
	});

	/** Made live by the test under way; their webhooks are taken away after it. */
	const live: StoredWorkflow[] = [];
	const activate = async (workflow: StoredWorkflow) => {
		live.push(workflow);
		await world().api.activate(workflow);
	};
	const holders = () => world().emulator.state.holders(PRODUCT, SKU);
	const imported = async (draft: WorkflowDraft): Promise<StoredWorkflow> => {
		const workflow = await world().api.createWorkflow(draft);
		for (const { name, credentials, type } of workflow.nodes) {
			if (!type.startsWith('n8n-nodes-store-seats.')) continue;
			assert.equal(credentials?.[CREDENTIAL_TYPE]?.id, credentialId, `${name} has its credential`);
		}
		return workflow;
	};

	it('know every node type that they use, in a version that this n8n has', async () => {
		const response = await fetch(`${world().n8n.url}/types/nodes.json`, {
			headers: world().api.headers(),
		});
		const types = (await response.json()) as Array<{ name: string; version: number | number[] }>;
		const files = readdirSync(EXAMPLE_WORKFLOWS).filter((file) => file.endsWith('.json'));
		assert.ok(files.length >= 4);
		for (const file of files) {
			const { nodes } = await exampleDraft(file.replace(/\.json$/, ''));
			for (const { type, typeVersion } of nodes) {
				const found = types.some(
					({ name, version }) => name === type && [version].flat().includes(typeVersion),
				);
				assert.ok(found, `${file}: ${type} ${typeVersion}`);
			}
		}
	});

	for (const file of ['class-list.csv', 'class-list-bom.csv', 'class-list.xlsx']) {
		it(`spreadsheet-to-seats: ${file} in, seats given, a file of results out`, async () => {
			const workflow = await imported(await exampleDraft('spreadsheet-to-seats'));
			await activate(workflow);
			const trigger = workflow.nodes.find(({ name }) => name === 'Class list');
			const form = new FormData();
			const content = await readFile(join(E2E, 'fixtures', file));
			form.append('field-0', new Blob([content]), file);
			const address = `${world().n8n.url}/form/${trigger?.webhookId}`;
			const response = await fetch(address, { method: 'POST', body: form });
			assert.equal(response.status, 200);
			const [started] = await world().api.executions(workflow.id);
			const results = await until('the file of results', async () => {
				const execution = await world().api.peek(started.id);
				return itemsOf(execution, 'Results file')[0] && execution;
			});
			const seats = itemsOf(results, 'Assign seats');
			assert.equal(seats.length, 31);
			assert.deepEqual(
				seats.map(({ json }) => json.status),
				[...Array<string>(30).fill('succeeded'), 'failed'],
			);
			const answers = world()
				.emulator.requests('bulkSeats')
				.filter(({ status }) => status === 200);
			assert.equal(answers.length, 2);
			for (const { email } of people(30, 601)) assert.ok(holders().includes(email));
			const [{ binary }] = itemsOf(results, 'Results file');
			assert.equal(binary?.data.fileName, 'seats.csv');
			const csv = await world().api.download(binary?.data ?? {});
			const [head, ...rows] = csv
				.replace(/^\uFEFF/, '')
				.trim()
				.split(/\r?\n/);
			assert.deepEqual(head.split(',').sort(), COLUMNS);
			assert.equal(rows.length, 31);
			assert.match(rows[0], /pupil0601@contoso\.com.*succeeded/);
			assert.match(rows[0], /Pupil 601/);
			assert.match(rows[30], /ghost@contoso\.com.*failed,.+/);
			const { formWaitingUrl } = (await response.json()) as { formWaitingUrl: string };
			const page = await (await fetch(formWaitingUrl)).text();
			assert.match(page, /Your list with a result in each row is being downloaded/);
		});
	}

	it('hr-webhook: a user whom the Store comes to know only later gets a seat', async () => {
		const workflow = await imported(await exampleDraft('hr-webhook'));
		await activate(workflow);
		const upn = 'new.colleague@contoso.com';
		world().emulator.state.addUser({ upn, knownFromMs: Date.now() + 3000 });
		const response = await postUser({ name: 'New Colleague', email: upn });
		assert.equal(response.status, 200);
		const execution = await world().api.lastExecution(workflow.id);
		assert.equal(execution.status, 'success');
		const [{ json }] = itemsOf(execution, 'Has a seat');
		assert.equal(json.name, 'New Colleague');
		assert.equal(json.email, upn);
		assert.ok(holders().includes(upn));
		assert.ok(world().emulator.requests('bulkSeats').length > 1, 'it was asked for again');
	});

	it('hr-webhook: a user of whom nothing is certain stops the workflow, too', async () => {
		const draft = await exampleDraft('hr-webhook');
		for (const { name, parameters } of draft.nodes) {
			if (name === 'Assign a seat') parameters.options = { maxAttempts: 1 };
		}
		const workflow = await imported(draft);
		await activate(workflow);
		world().emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'cut', at: 'afterWork' },
		});
		world().emulator.faults.add({
			on: { operation: 'getSeat' },
			effect: { kind: 'status', status: 500 },
		});
		await postUser({ name: 'Ada', email: 'ada@contoso.com' });
		const execution = await world().api.lastExecution(workflow.id);
		assert.equal(execution.status, 'error');
		assert.match(String(execution.error?.message), /^ada@contoso\.com may have no seat: ./);
	});

	it('hr-webhook: a user without a seat stops the workflow with the reason', async () => {
		const workflow = await imported(await exampleDraft('hr-webhook'));
		await activate(workflow);
		await postUser({ name: 'Nobody', email: 'not a name' });
		await postUser({ name: 'Nobody', email: '' });
		const [last, first] = await until('two executions', async () => {
			const found = await world().api.executions(workflow.id);
			return found.length === 2 && found;
		});
		for (const { id } of [first, last]) {
			const execution = await world().api.execution(id);
			assert.equal(execution.status, 'error');
			assert.match(String(execution.error?.message), /has no seat: ./);
		}
	});

	const postUser = async (user: { name: string; email: string }) =>
		await fetch(`${world().n8n.url}/webhook/new-colleague`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ user }),
		});

	it('nightly-leavers: seats of leavers come back, of nobody whose last day is to come', async () => {
		const { port } = leavers.address() as AddressInfo;
		const url = `http://127.0.0.1:${port}/leavers.csv`;
		const workflow = await imported(await exampleDraft('nightly-leavers', url));
		assert.ok(holders().includes('pupil0001@contoso.com'));
		const id = await world().api.runManually(workflow, 'Every night');
		const execution = await world().api.execution(id);
		assert.equal(execution.status, 'success', JSON.stringify(execution.error));
		const seats = itemsOf(execution, 'Reclaim seats');
		assert.deepEqual(
			seats.map(({ json }) => [json.status, json.unchanged === true]),
			people(12, 1).map((_, index) => ['succeeded', index > 1]),
		);
		assert.ok(!holders().some((upn) => people(12, 1).some(({ email }) => email === upn)));
		assert.deepEqual(itemsOf(execution, 'Not reclaimed'), []);
		await activate(workflow);
	});

	it('help-desk-agent: both tools are tools of the agent and let it fill in the names', async () => {
		const workflow = await imported(await exampleDraft('help-desk-agent'));
		const tools = workflow.nodes.filter(
			({ type }) => type === 'n8n-nodes-store-seats.storeSeatsTool',
		);
		assert.equal(tools.length, 2);
		for (const { name, parameters } of tools) {
			assert.match(String(parameters.usernames), /\$fromAI\(/);
			assert.deepEqual(workflow.connections[name].ai_tool[0], [
				{ node: 'Help desk', type: 'ai_tool', index: 0 },
			]);
		}
	});
}
