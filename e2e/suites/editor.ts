import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { Locator } from 'playwright-core';

import { defaultClient } from '../../emulator/service';
import { until } from '../machine/poll';
import type { StoredWorkflow } from '../server/api';
import { EditorPage, type Scheme } from './editorPage';
import { given } from './given';
import { CREDENTIAL_NAME, PRODUCT, SKU, startWorld, type World } from './world';

const { installation, tarball, note } = given();

/** Where the pictures show the emulator, unless something else listens there. */
const STORE_PORT = 4010;
const CLASS = [
	// First, so that the table shows why: its columns come in the order in which they are met.
	{ name: 'Ghost', email: 'ghost@contoso.com' },
	{ name: 'Ada', email: 'ada@contoso.com' },
	{ name: 'Grace', email: 'grace@contoso.com' },
];

describe(`n8n ${installation.version}, editor`, () => {
	let started: World | undefined;
	before(async () => {
		started = await startWorld(installation, tarball, STORE_PORT);
		note('start', started.n8n.startSeconds);
	});
	after(async () => await started?.stop());
	const world = (): World => {
		if (started === undefined) throw new Error('n8n did not start');
		return started;
	};

	for (const scheme of ['light', 'dark'] as const) {
		describe(`a person at the screen, ${scheme}`, () => journey(world, scheme));
	}

	it('left n8n with nothing to reach beyond this machine', async () => {
		assert.deepEqual(await world().n8n.outbound(), []);
	});
});

/** The steps of one person, each of which needs those before it. */
function journey(world: () => World, scheme: Scheme): void {
	let editor: EditorPage;
	let workflow: StoredWorkflow;

	before(async () => {
		const { api, emulator, n8n } = world();
		emulator.reset();
		for (const { id } of await api.call<Array<{ id: string }>>('GET', '/credentials')) {
			await api.call('DELETE', `/credentials/${id}`);
		}
		workflow = await api.createWorkflow(classList());
		editor = await EditorPage.open(n8n.url, scheme);
		await editor.openWorkflow(n8n.url, workflow.id);
	});
	after(async () => await editor?.close());

	it('finds the node in the panel and adds it behind the class list', async () => {
		await editor.marked('canvas-handle-plus').last().click();
		await editor.marked('node-creator-search-bar').waitFor();
		await editor.page.keyboard.type('Store Seats');
		const found = editor.marked('node-creator-item-name');
		await found.filter({ hasText: 'Store Seats' }).first().waitFor();
		await editor.picture('panel');
		await found.filter({ hasText: 'Store Seats' }).first().click();
		await found.filter({ hasText: 'Reclaim license seats' }).waitFor();
		await editor.picture('actions');
		await found.filter({ hasText: 'Assign license seats' }).click();
		await editor.marked('ndv').waitFor();
		await editor.marked('run-data-schema-item').first().waitFor();
	});

	it('creates the credential, which n8n tests before it takes it', async () => {
		const { emulator, storeUrl } = world();
		await editor.newCredential();
		const entries = {
			tenantId: defaultClient.tenantId,
			clientId: defaultClient.clientId,
			clientSecret: defaultClient.clientSecret,
			authority: storeUrl,
			baseUrl: storeUrl,
		};
		for (const [field, value] of Object.entries(entries)) {
			await editor.marked(`parameter-input-${field}`).locator('input').first().fill(value);
		}
		await editor.picture('credential');
		await editor.saveCredential();
		const chosen = editor.marked('node-credentials-select').locator('input').first();
		await until(
			'the credential at the node',
			async () => (await chosen.inputValue()) === CREDENTIAL_NAME,
		);
		await until('n8n’s own test of the credential', () => {
			const asked = emulator.log.map(({ operation, status }) => `${operation} ${status}`);
			return asked.join() === 'token 200,getInventory 200';
		});
	});

	it('picks product and SKU from the lists', async () => {
		const products = await editor.search('productId', 'Minecraft');
		await lists(products, ['Minecraft: Education Edition · Online · 6277 seats free']);
		await editor.picture('products');
		await products.first().click();
		const skus = await editor.search('skuId', '');
		await lists(skus, [
			'0001 · Online · 50 seats free',
			'0002 · Online · 5997 seats free',
			'0004 · Online · 200 seats free',
			'0005 · Online · 30 seats free',
		]);
		await editor.picture('skus');
		await skus.filter({ hasText: '0002' }).first().click();
	});

	const lists = async (items: Locator, names: readonly string[]) =>
		await until(`the list of ${names.join(', ')}`, async () => {
			const texts = await items.allInnerTexts();
			return texts.map((text) => text.trim()).join('\n') === names.join('\n');
		});

	it('maps the user names by dragging the field of the node before', async () => {
		await editor.dragField('email', 'usernames');
		const mapped = editor.marked('parameter-input-usernames');
		await mapped.filter({ hasText: '$json.email' }).waitFor();
		await editor.picture('mapping');
	});

	it('runs the step and reads the hint and the table of results', async () => {
		await editor.marked('node-execute-button').click();
		const output = editor.marked('output-panel');
		await output
			.getByText(
				'3 seats: 2 succeeded (1 already as wanted), 1 failed, 0 unknown, with 2 requests to the Store',
			)
			.waitFor();
		await output.getByText('Table', { exact: true }).click();
		await output.locator('tbody tr').nth(2).waitFor();
		await editor.widenOutput(300);
		await editor.picture('results');
		const rows = await editor.table();
		assert.equal(rows.length, 3);
		for (const [index, { email }] of CLASS.entries()) {
			const [productId, skuId, username, seatAction, status] = rows[index] ?? [];
			const expected = email.startsWith('ghost') ? 'failed' : 'succeeded';
			assert.deepEqual(
				[productId, skuId, username, seatAction, status],
				[PRODUCT, SKU, email, 'Assign', expected],
			);
		}
		const holders = world().emulator.state.holders(PRODUCT, SKU);
		assert.ok(holders.includes('ada@contoso.com') && holders.includes('grace@contoso.com'));
	});

	it('sees the workflow with its result on the canvas', async () => {
		await editor.marked('ndv-close-button').click();
		await editor.marked('canvas-node-status-success').first().waitFor();
		await editor.picture('canvas');
	});

	it('loaded nothing from beyond this machine', () => {
		// n8n itself looks up every community package in npm's registry, by its name alone; it was not let.
		const isLookUp = (address: string) => new URL(address).pathname === '/n8n-nodes-store-seats';
		assert.deepEqual(
			editor.elsewhere.filter((address) => !isLookUp(address)),
			[],
		);
	});
}

const classList = () => ({
	name: 'Seats for a class',
	nodes: [
		{
			id: '00000000-0000-4000-8000-000000000001',
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters: {},
		},
		{
			id: '00000000-0000-4000-8000-000000000002',
			name: 'Class list',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			position: [220, 0] as [number, number],
			parameters: { options: {} },
		},
	],
	connections: { Start: { main: [[{ node: 'Class list', type: 'main', index: 0 }]] } },
	pinData: { 'Class list': CLASS.map((json) => ({ json })) },
	settings: { executionOrder: 'v1' },
});
