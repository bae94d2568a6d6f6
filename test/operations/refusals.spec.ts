import type { IDataObject, INode } from 'n8n-workflow';

import { errorOf, itemsOf } from '../../harness/engine';
import { Bench, jsonOf as outputOf, NODE_TYPE } from '../support/store';
import { CONTENT_ID, ids, ImpatientNode, KEY, OFFLINE_KEY, run, storeNode, wire } from './support';

let bench: Bench;

beforeAll(async () => {
	bench = await Bench.start();
});
afterEach(async () => await bench.closeAll());

const jsonOf = (result: Parameters<typeof outputOf>[0], output = 0) =>
	outputOf(result, 'Store', output);

const NOT_OWNED = { productId: '9P0000000004', skuId: '0001' };
const UNKNOWN = { productId: '9P9999999999', skuId: '0001' };

interface Shown {
	message: string;
	description: string;
	httpCode?: string;
	context: { itemIndex?: number };
}

const shownBy = (result: Parameters<typeof errorOf>[0]) => errorOf(result) as unknown as Shown;

/** Every refusal that the reference documents, brought about on the service as it is. */
const DOCUMENTED: ReadonlyArray<[string, IDataObject, string, RegExp]> = [
	[
		'seat get, 400',
		{ resource: 'seat', operation: 'get', ...ids(KEY), username: 'ada' },
		'The Store did not give the seat of ada for product CFQ7TTC0K5DR, SKU 0002 (HTTP 400): The parameter username is invalid. The user name is not valid',
		/user principal name/,
	],
	[
		'seat get, 404 (Inventory)',
		{ resource: 'seat', operation: 'get', ...ids(UNKNOWN), username: 'ada@contoso.com' },
		'The Store did not find the seat of ada@contoso.com for product 9P9999999999, SKU 0001 (HTTP 404): Inventory not found',
		/holds no seat/,
	],
	[
		'seat get, 404 (User)',
		{ resource: 'seat', operation: 'get', ...ids(KEY), username: 'ghost@contoso.com' },
		'The Store did not find the seat of ghost@contoso.com for product CFQ7TTC0K5DR, SKU 0002 (HTTP 404): User not found',
		/holds no seat/,
	],
	[
		'seat get, 404 (Seat)',
		{ resource: 'seat', operation: 'get', ...ids(KEY), username: 'alan@contoso.com' },
		'The Store did not find the seat of alan@contoso.com for product CFQ7TTC0K5DR, SKU 0002 (HTTP 404): Seat not found',
		/holds no seat/,
	],
	[
		'seat get, 409',
		{ resource: 'seat', operation: 'get', ...ids(OFFLINE_KEY), username: 'ada@contoso.com' },
		'The Store did not give the seat of ada@contoso.com for product 9NBLGGH4R2R6, SKU 0017 (HTTP 409): The product is not online-licensed',
		/online licenses only/,
	],
	[
		'seat getAll, 400',
		{ resource: 'seat', operation: 'getAll', ...ids(KEY) },
		'The Store did not give the seats of product CFQ7TTC0K5DR, SKU 0002 (HTTP 400): The emulator answers 400',
		/Check product and SKU/,
	],
	[
		'seat getAll, 404',
		{ resource: 'seat', operation: 'getAll', ...ids(UNKNOWN) },
		'The Store did not find the seats of product 9P9999999999, SKU 0001 (HTTP 404): Inventory not found',
		/inventory of this tenant/,
	],
	[
		'seat getAll, 409',
		{ resource: 'seat', operation: 'getAll', ...ids(OFFLINE_KEY) },
		'The Store did not give the seats of product 9NBLGGH4R2R6, SKU 0017 (HTTP 409): The product is not online-licensed',
		/online licenses only/,
	],
	[
		'seat getByUser, 400',
		{ resource: 'seat', operation: 'getByUser', username: 'ada' },
		'The Store did not give the seats of ada (HTTP 400): The parameter username is invalid. The user name is not valid',
		/user principal name/,
	],
	[
		'seat getByUser, 404',
		{ resource: 'seat', operation: 'getByUser', username: 'ghost@contoso.com' },
		'The Store did not find the seats of ghost@contoso.com (HTTP 404): User not found',
		/just created in Entra/,
	],
	[
		'inventory getAll, 400',
		{ resource: 'inventory', operation: 'getAll' },
		'The Store did not give the inventory (HTTP 400): The emulator answers 400',
		/Check the filters/,
	],
	[
		'product get, 400',
		{ resource: 'product', operation: 'get', ...ids(KEY) },
		'The Store did not give product CFQ7TTC0K5DR, SKU 0002 (HTTP 400): The emulator answers 400',
		/Check product and SKU/,
	],
	[
		'product get, 404',
		{ resource: 'product', operation: 'get', ...ids(UNKNOWN) },
		'The Store did not find product 9P9999999999, SKU 0001 (HTTP 404): Product not found',
		/catalog/,
	],
	[
		'product getLocalizedDetails, 400',
		{ resource: 'product', operation: 'getLocalizedDetails', ...ids(KEY) },
		'The Store did not give the details in en-us of product CFQ7TTC0K5DR, SKU 0002 (HTTP 400): The emulator answers 400',
		/language/,
	],
	[
		'product getLocalizedDetails, 404',
		{ resource: 'product', operation: 'getLocalizedDetails', ...ids(KEY), language: 'fr-fr' },
		'The Store did not find the details in fr-fr of product CFQ7TTC0K5DR, SKU 0002 (HTTP 404): Product not found',
		/exists in this language/,
	],
	[
		'package getAll, 400',
		{ resource: 'package', operation: 'getAll', ...ids(OFFLINE_KEY) },
		'The Store did not give the packages of product 9NBLGGH4R2R6, SKU 0017 (HTTP 400): The emulator answers 400',
		/Check product and SKU/,
	],
	[
		'package getAll, 404',
		{ resource: 'package', operation: 'getAll', ...ids(UNKNOWN) },
		'The Store did not find the packages of product 9P9999999999, SKU 0001 (HTTP 404): Product not found',
		/catalog/,
	],
	[
		'package getAll, 409',
		{ resource: 'package', operation: 'getAll', ...ids(NOT_OWNED) },
		'The Store did not give the packages of product 9P0000000004, SKU 0001 (HTTP 409): The product is not owned by the organization',
		/organization owns/,
	],
	[
		'package get, 400',
		{ resource: 'package', operation: 'get', ...ids(OFFLINE_KEY), packageId: 'x' },
		'The Store did not give package x of product 9NBLGGH4R2R6, SKU 0017 (HTTP 400): The emulator answers 400',
		/Check product and SKU/,
	],
	[
		'package get, 404',
		{ resource: 'package', operation: 'get', ...ids(OFFLINE_KEY), packageId: 'x' },
		'The Store did not find package x of product 9NBLGGH4R2R6, SKU 0017 (HTTP 404): Package not found',
		/SKU and package:/,
	],
	[
		'package get, 409',
		{ resource: 'package', operation: 'get', ...ids(NOT_OWNED), packageId: 'x' },
		'The Store did not give package x of product 9P0000000004, SKU 0001 (HTTP 409): The product is not owned by the organization',
		/organization owns/,
	],
	[
		'offlineLicense get, 400',
		{ resource: 'offlineLicense', operation: 'get', ...ids(OFFLINE_KEY), contentId: 'x' },
		'The Store did not give the offline license of product 9NBLGGH4R2R6, SKU 0017, content x (HTTP 400): The emulator answers 400',
		/SKU and content/,
	],
	[
		'offlineLicense get, 404',
		{ resource: 'offlineLicense', operation: 'get', ...ids(OFFLINE_KEY), contentId: 'x' },
		'The Store did not find the offline license of product 9NBLGGH4R2R6, SKU 0017, content x (HTTP 404): Product not found',
		/SKU and content/,
	],
	[
		'offlineLicense get, 409 (not offline)',
		{ resource: 'offlineLicense', operation: 'get', ...ids(KEY), contentId: CONTENT_ID },
		`The Store did not give the offline license of product CFQ7TTC0K5DR, SKU 0002, content ${CONTENT_ID} (HTTP 409): The product is not offline-licensed`,
		/offline licensing/,
	],
	[
		'offlineLicense get, 409 (not owned)',
		{ resource: 'offlineLicense', operation: 'get', ...ids(NOT_OWNED), contentId: CONTENT_ID },
		`The Store did not give the offline license of product 9P0000000004, SKU 0001, content ${CONTENT_ID} (HTTP 409): The product is not owned by the organization`,
		/offline licensing/,
	],
];

describe('a documented refusal', () => {
	it.each(DOCUMENTED)('%s', async (_name, parameters, message, advice) => {
		const { emulator, url } = await bench.store();
		// A 400 that good parameters cannot bring about on this emulator.
		if (message.includes('The emulator answers')) {
			emulator.faults.add({ effect: { kind: 'status', status: 400 } });
		}
		const result = await run(bench, url, parameters);
		const shown = shownBy(result);
		// Some error bodies add a code in one word.
		expect(shown.message.slice(0, message.length)).toBe(message);
		expect(shown.description).toMatch(advice);
		expect(shown.httpCode).toBe(/HTTP (\d+)/.exec(message)?.[1]);
		expect(shown.context.itemIndex).toBe(0);
		expect(wire(emulator.log)).toHaveLength(1);
		expect(`${shown.message} ${shown.description}`).not.toMatch(/error|problem|failure|mistake/i);
	});
});

describe('what passes is tried again, what does not is not', () => {
	beforeAll(async () => {
		bench.engine.replaceNodeType(NODE_TYPE, new ImpatientNode());
	});
	afterAll(async () => {
		bench = await Bench.start();
	});

	const parameters = { resource: 'product', operation: 'get', ...ids(KEY) };

	it('a 503 and a cut connection are got over', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add(
			{ on: { nth: 1 }, effect: { kind: 'status', status: 503 } },
			{ on: { nth: 2 }, effect: { kind: 'cut', at: 'midBody' } },
		);
		const result = await run(bench, url, parameters);
		expect(errorOf(result)).toBeUndefined();
		expect(jsonOf(result)).toHaveLength(1);
		expect(wire(emulator.log)).toHaveLength(3);
	});

	it('a 403 says whose right is missing', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({ effect: { kind: 'status', status: 403 } });
		const shown = shownBy(await run(bench, url, parameters));
		expect(shown).toMatchObject({
			httpCode: '403',
			description: expect.stringMatching(/no right/),
		});
		expect(wire(emulator.log)).toHaveLength(1);
	});

	it('an address where nobody listens keeps its message', async () => {
		const { url, close } = await bench.store();
		const node = storeNode(bench, url, parameters);
		await close();
		const token = { access_token: 'a-token-that-nobody-sees', token_type: 'Bearer' };
		const credentials = bench.credential(url, { oauthTokenData: token });
		const result = await bench.engine.run({ rows: [{}], nodes: [{ ...node, credentials }] });
		expect(shownBy(result).message).toMatch(
			/^No answer that can be used came for product CFQ7TTC0K5DR, SKU 0002: The connection was refused/,
		);
		expect(JSON.stringify(result)).not.toContain('a-token-that-nobody-sees');
	});
});

describe('On Error', () => {
	const parameters = {
		resource: 'seat',
		operation: 'get',
		...ids(KEY),
		username: '={{ $json.email }}',
	};
	const rows = ['grace@contoso.com', 'ghost@contoso.com', '', 'pupil0001@contoso.com'].map(
		(email, index) => ({ email, class: `7${index}` }),
	);
	const ghostMessage =
		'The Store did not find the seat of ghost@contoso.com for product CFQ7TTC0K5DR, SKU 0002 (HTTP 404): User not found';
	const emptyMessage =
		"'Username' is empty. Give a user principal name such as ada@contoso.com, or an Entra object ID";

	it('on Stop: a value that cannot be used stops the node before anything is sent', async () => {
		const { emulator, url } = await bench.store();
		const shown = shownBy(await run(bench, url, parameters, { rows }));
		expect(shown).toMatchObject({ message: emptyMessage, context: { itemIndex: 2 } });
		expect(emulator.log).toEqual([]);
	});

	it('on Stop: the first refusal stops the node, names the item, and leaves nothing running', async () => {
		const { emulator, url } = await bench.store({ latencyMs: 5 });
		const many = Array.from({ length: 40 }, (_, n) => ({
			email: n === 5 ? 'ghost@contoso.com' : `pupil${String(n + 1).padStart(4, '0')}@contoso.com`,
		}));
		for (const { email } of many.filter(({ email }) => !email.startsWith('ghost'))) {
			const entry = emulator.state.findEntry(KEY.productId, KEY.skuId);
			entry?.assign(emulator.state.findUser(email)!, 0);
		}
		const result = await run(bench, url, parameters, { rows: many });
		expect(shownBy(result)).toMatchObject({ message: ghostMessage, context: { itemIndex: 5 } });
		expect(emulator.requests('getSeat').length).toBeLessThanOrEqual(12);
		expect(emulator.requests('getSeat').every(({ endedMs }) => endedMs !== undefined)).toBe(true);
		const sent = emulator.log.length;
		await new Promise((resolve) => setTimeout(resolve, 30));
		expect(emulator.log).toHaveLength(sent);
	});

	it('on Continue: such an item gives one item with the message, and the others go on', async () => {
		const { url } = await bench.store();
		const node = { onError: 'continueRegularOutput' } as Partial<INode>;
		const result = await run(bench, url, parameters, { rows, node });
		expect(errorOf(result)).toBeUndefined();
		expect(itemsOf(result, 'Store').map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3].map((item) => ({ item })),
		);
		expect(jsonOf(result)).toEqual([
			expect.objectContaining({ assignedTo: 'grace@contoso.com' }),
			{ error: ghostMessage, httpStatus: 404 },
			{ error: emptyMessage },
			expect.objectContaining({ assignedTo: 'pupil0001@contoso.com' }),
		]);
	});

	it('on Continue (using error output): such an item leaves there, with its row and one key error', async () => {
		const { url } = await bench.store();
		const node = { onError: 'continueErrorOutput' } as Partial<INode>;
		const result = await bench.engine.run({
			rows,
			nodes: [
				storeNode(bench, url, parameters, node),
				{
					name: 'Lost',
					type: 'harness.edit',
					parameters: { value: "={{ $('Spreadsheet').item.json.class }}" },
				},
			],
			branches: [{ from: 'Store', output: 1, to: 'Lost' }],
		});
		expect(jsonOf(result).map(({ assignedTo }) => assignedTo)).toEqual([
			'grace@contoso.com',
			'pupil0001@contoso.com',
		]);
		expect(jsonOf(result, 1)).toEqual([
			{
				...rows[1],
				error: {
					message: ghostMessage,
					description: expect.stringMatching(/holds no seat/),
					httpStatus: 404,
				},
			},
			{
				...rows[2],
				error: {
					message: emptyMessage,
					description: expect.stringMatching(/Nothing has been sent/),
				},
			},
		]);
		expect(outputOf(result, 'Lost').map(({ value }) => value)).toEqual(['71', '72']);
	});

	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s: an expression that n8n cannot evaluate and a credential that cannot be right are items too',
		async (onError) => {
			const { emulator, url } = await bench.store();
			const broken = { ...parameters, username: '={{ $json.email.missing.deep }}' };
			const result = await run(bench, url, broken, { rows, node: { onError } });
			expect(errorOf(result)).toBeUndefined();
			const output = onError === 'continueErrorOutput' ? 1 : 0;
			expect(jsonOf(result, output)).toHaveLength(4);
			expect(emulator.log).toEqual([]);

			const credentials = bench.credential(url, { baseUrl: 'http://store.example' });
			const second = await run(bench, url, parameters, { rows, node: { onError, credentials } });
			expect(errorOf(second)).toBeUndefined();
			expect(JSON.stringify(jsonOf(second, output)[0])).toMatch(/Base URL of the credential/);
			expect(jsonOf(second, output)).toHaveLength(4);
			expect(emulator.log).toEqual([]);
		},
	);
});

describe('hostile or careless values are refused before any request', () => {
	const seat = { resource: 'seat', operation: 'get', ...ids(KEY), username: 'ada@contoso.com' };
	const pack = { resource: 'package', operation: 'get', ...ids(OFFLINE_KEY), packageId: 'x' };
	const license = {
		resource: 'offlineLicense',
		operation: 'get',
		...ids(OFFLINE_KEY),
		contentId: CONTENT_ID,
	};
	const details = { resource: 'product', operation: 'getLocalizedDetails', ...ids(KEY) };
	const list = { resource: 'seat', operation: 'getAll', ...ids(KEY) };
	const inventory = { resource: 'inventory', operation: 'getAll' };
	it.each<[string, IDataObject, RegExp]>([
		['1 product with a path', { ...list, ...ids({ ...KEY, productId: '../Users' }) }, /Product/],
		['2 product of dots', { ...list, ...ids({ ...KEY, productId: '..' }) }, /Product/],
		['3 SKU with a query', { ...list, ...ids({ ...KEY, skuId: '0002?x=1' }) }, /SKU/],
		['4 SKU with an encoded slash', { ...list, ...ids({ ...KEY, skuId: '0002%2F..' }) }, /SKU/],
		['5 empty product', { ...list, ...ids({ ...KEY, productId: '' }) }, /'Product' is empty/],
		['6 user ..', { ...seat, username: '..' }, /a path, not a user name/],
		['7 user with a NUL', { ...seat, username: 'ada\u0000@contoso.com' }, /control character/],
		['8 half a character', { ...seat, username: 'ada\ud800@contoso.com' }, /half of a character/],
		['9 two users', { ...seat, username: 'ada@contoso.com, grace@contoso.com' }, /holds 2 names/],
		['10 user of white space', { ...seat, username: ' \u200b ' }, /'Username' is empty/],
		['11 user that is an object', { ...seat, username: '={{ { a: 1 } }}' }, /type object/],
		['12 package ..', { ...pack, packageId: ' .. ' }, /is a path, not an ID/],
		['13 package .', { ...pack, packageId: '.' }, /is a path, not an ID/],
		['14 empty package', { ...pack, packageId: '  ' }, /'Package' is empty/],
		['15 package that is a list', { ...pack, packageId: '={{ [1] }}' }, /type object/],
		['16 content with a line break', { ...license, contentId: 'a\nb' }, /control character/],
		['17 content ..', { ...license, contentId: '..' }, /is a path/],
		['18 no field for the file', { ...license, download: true, binaryPropertyName: ' ' }, /empty/],
		['19 language with a path', { ...details, language: 'en-us/../..' }, /is not a language/],
		['20 language with underscore', { ...details, language: 'en_US' }, /tag such as en-us/],
		['21 no language', { ...details, language: '' }, /'Language' is empty/],
		['22 limit of none', { ...list, limit: 0 }, /'Limit' has to be a whole number/],
		['23 limit of a half', { ...list, limit: 1.5 }, /'Limit' has to be a whole number/],
		['24 limit of words', { ...list, limit: '={{ "many" }}' }, /'Limit' has to be a whole number/],
		['25 license type', { ...inventory, filters: { licenseTypes: ['free'] } }, /license type/],
		['26 a date that is none', { ...inventory, filters: { modifiedSince: 'June 5' } }, /date/],
		['27 a day that is none', { ...inventory, filters: { modifiedSince: '2026-13-45' } }, /date/],
		[
			'28 a link that is none',
			{ ...list, productId: { __rl: true, mode: 'url', value: 'https://x.example/' } },
			/Product/,
		],
	])('%s', async (_name, parameters, message) => {
		const { emulator, url } = await bench.store();
		const { parameters: fromRow, row } = throughARow(parameters);
		const shown = shownBy(await run(bench, url, fromRow, { rows: [row] }));
		expect(shown.message).toMatch(message);
		expect(shown.context.itemIndex).toBe(0);
		expect(shown.description).toMatch(/Nothing has been sent/);
		expect(emulator.log).toEqual([]);
	});

	it.each([
		['%2e%2e', '%252e%252e'],
		['a/../../b', 'a%2F..%2F..%2Fb'],
		['a?b=c#d', 'a%3Fb%3Dc%23d'],
		['a;b&c', 'a%3Bb%26c'],
		['…', '%E2%80%A6'],
	])('29 a content ID %j stays one segment of the path', async (contentId, sent) => {
		const { emulator, url } = await bench.store();
		await run(bench, url, { ...license, contentId });
		expect(emulator.requests('getOfflineLicense').map(({ target }) => target)).toEqual([
			`/V1/Products/9NBLGGH4R2R6/0017/OfflineLicense/${sent}`,
		]);
	});

	it.each([
		["o'neil@contoso.com", "/V1/Users/o'neil%40contoso.com/Seats?maxResults=50"],
		[
			'guest_fabrikam.com#EXT#@contoso.onmicrosoft.com',
			'/V1/Users/guest_fabrikam.com%23EXT%23%40contoso.onmicrosoft.com/Seats?maxResults=50',
		],
		['zoë@contoso.com', '/V1/Users/zo%C3%AB%40contoso.com/Seats?maxResults=50'],
	])('30 a user name %j arrives as it is', async (username, target) => {
		const { emulator, url } = await bench.store();
		const result = await run(bench, url, { resource: 'seat', operation: 'getByUser', username });
		expect(errorOf(result)).toBeUndefined();
		expect(emulator.requests('getSeatsByUser').map((entry) => entry.target)).toEqual([target]);
	});
});

/** The same values out of the item: n8n itself looks at what stands on screen, but not at what comes in. */
function throughARow(parameters: IDataObject): { parameters: IDataObject; row: IDataObject } {
	const row: IDataObject = {};
	const moved = (name: string, value: unknown): unknown => {
		if (typeof value === 'object' && value !== null && '__rl' in value) {
			const locator = value as unknown as IDataObject;
			return { ...locator, value: moved(name, locator.value) };
		}
		if (typeof value !== 'string' || value.startsWith('=')) return value;
		row[name] = value;
		return `={{ $json.${name} }}`;
	};
	const entries = Object.entries(parameters).map(([name, value]) =>
		name === 'resource' || name === 'operation' ? [name, value] : [name, moved(name, value)],
	);
	return { parameters: Object.fromEntries(entries) as IDataObject, row };
}

it('a cancelled execution sends nothing more', async () => {
	const { emulator, url } = await bench.store({ latencyMs: 20 });
	let stop = () => {};
	emulator.on('answered', () => {
		if (emulator.requests('getSeats').length >= 2) stop();
	});
	const rows = Array.from({ length: 30 }, (_, limit) => ({ limit: limit + 1 }));
	await run(
		bench,
		url,
		{ resource: 'seat', operation: 'getAll', ...ids(KEY), limit: '={{ $json.limit }}' },
		{ rows, onStart: (cancel) => (stop = cancel) },
	).catch(() => {});
	const sent = emulator.log.length;
	await new Promise((resolve) => setTimeout(resolve, 60));
	expect(emulator.log.length).toBe(sent);
	expect(emulator.requests('getSeats').length).toBeLessThanOrEqual(10);
});
