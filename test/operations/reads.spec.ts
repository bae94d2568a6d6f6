import type { IDataObject } from 'n8n-workflow';

import { manyProducts } from '../../emulator/seed';
import type { EmulatorOptions } from '../../emulator/service';
import { numberedUpns } from '../../emulator/store';
import { errorOf, itemsOf } from '../../harness/engine';
import { Bench, jsonOf as outputOf, NODE_TYPE } from '../support/store';
import {
	CONTENT_ID,
	ids,
	ImpatientNode,
	installUrl,
	KEY,
	OFFLINE_KEY,
	run,
	storeNode,
	wire,
} from './support';

let bench: Bench;

beforeAll(async () => {
	bench = await Bench.start();
});
afterEach(async () => await bench.closeAll());

const jsonOf = (result: Parameters<typeof outputOf>[0], output = 0) =>
	outputOf(result, 'Store', output);

const seatOf = (assignedTo: string, key = KEY, dateAssigned = '2026-02-10T08:00:00Z') => ({
	assignedTo,
	dateAssigned,
	state: 'Active',
	productKey: key,
});

const GEOMETRY = { productId: '9P0000000001', skuId: '0001' };
const version = (build: number) => ({ major: 10, minor: 0, build, revision: 0 });
const WINDOWS = {
	platformName: 'Windows.Universal',
	minVersion: version(10240),
	maxTestedVersion: version(22621),
};

/** One of each operation: parameters, requests, and what comes out. */
const OPERATIONS: ReadonlyArray<{
	name: string;
	parameters: IDataObject;
	requests: readonly string[];
	items: readonly unknown[];
}> = [
	{
		name: 'seat get',
		parameters: {
			resource: 'seat',
			operation: 'get',
			...ids(KEY),
			username: ' GRACE@contoso.com ',
		},
		requests: ['GET /V1/Inventory/CFQ7TTC0K5DR/0002/Seats/GRACE@contoso.com'],
		items: [seatOf('grace@contoso.com')],
	},
	{
		name: 'seat getAll',
		parameters: { resource: 'seat', operation: 'getAll', ...ids(KEY) },
		requests: ['GET /V1/Inventory/CFQ7TTC0K5DR/0002/Seats?maxResults=50'],
		items: [
			seatOf('grace@contoso.com'),
			seatOf('pupil0001@contoso.com'),
			seatOf('pupil0002@contoso.com'),
		],
	},
	{
		name: 'seat getByUser',
		parameters: { resource: 'seat', operation: 'getByUser', username: 'ada@contoso.com' },
		requests: ['GET /V1/Users/ada@contoso.com/Seats?maxResults=50'],
		items: [seatOf('ada@contoso.com', GEOMETRY, '2026-03-01T08:00:00Z')],
	},
	{
		name: 'inventory getAll',
		parameters: {
			resource: 'inventory',
			operation: 'getAll',
			filters: { licenseTypes: ['offline'] },
		},
		requests: ['GET /V1/Inventory?licenseTypes=offline&maxResults=50'],
		items: [
			{
				productKey: OFFLINE_KEY,
				seatCapacity: 0,
				availableSeats: 0,
				lastModified: '2026-01-16T09:00:00Z',
				licenseType: 'Offline',
				distributionPolicy: 'Restricted',
				status: 'Active',
				installUrl: installUrl(OFFLINE_KEY),
			},
		],
	},
	{
		name: 'product get',
		parameters: { resource: 'product', operation: 'get', ...ids(OFFLINE_KEY) },
		requests: ['GET /V1/Products/9NBLGGH4R2R6/0017'],
		items: [
			{
				productKey: OFFLINE_KEY,
				productType: 'Application',
				supportedLanguages: ['en-us'],
				publisherId: '',
				category: 'Reference',
				alternateIds: [
					{ type: 'LegacyWindowStoreProductId', value: '0d0d0d0d-0000-4000-8000-000000000001' },
				],
				packageFamilyName: 'Contoso.Atlas_0000000000000',
				supportedPlatforms: [WINDOWS],
				installUrl: installUrl(OFFLINE_KEY),
			},
		],
	},
	{
		name: 'product getLocalizedDetails',
		parameters: { resource: 'product', operation: 'getLocalizedDetails', ...ids(KEY) },
		requests: ['GET /V1/Products/CFQ7TTC0K5DR/0002/LocalizedDetails/en-us'],
		items: [
			{
				language: 'en-us',
				displayName: 'Minecraft: Education Edition',
				description: 'Minecraft: Education Edition by Microsoft Studios.',
				images: [
					{
						location: 'https://images.example/logo.png',
						purpose: 'logo',
						height: 300,
						width: 300,
						caption: 'Minecraft: Education Edition',
						backgroundColor: '#464646',
						foregroundColor: '#FFFFFF',
						fileSize: 9720,
					},
				],
				publisher: {
					publisherName: 'Microsoft Studios',
					publisherWebsite: 'https://publisher.example',
				},
			},
		],
	},
	{
		name: 'package getAll',
		parameters: { resource: 'package', operation: 'getAll', ...ids(OFFLINE_KEY) },
		requests: ['GET /V1/Products/9NBLGGH4R2R6/0017/Packages'],
		items: ['atlas-x64', 'atlas-x86'].map((packageId) =>
			expect.objectContaining({
				packageSetId: '9NBLGGH4R2R6-0017-packages',
				packageId,
				contentId: CONTENT_ID,
				location: { url: expect.stringMatching(`^https://packages.example/${packageId}`) },
				platforms: [WINDOWS],
			}),
		),
	},
	{
		name: 'package getAll, simplified',
		parameters: {
			resource: 'package',
			operation: 'getAll',
			...ids(OFFLINE_KEY),
			limit: 1,
			simplify: true,
		},
		requests: ['GET /V1/Products/9NBLGGH4R2R6/0017/Packages'],
		items: [
			{
				packageId: 'atlas-x64',
				contentId: CONTENT_ID,
				packageFullName: 'Contoso.Atlas_2.1.0.0_x64__0000000000000',
				packageFormat: 'appxBundle',
				architectures: ['x64'],
				fileSize: 48_000_000,
				url: expect.stringMatching('^https://packages.example/atlas-x64'),
			},
		],
	},
	{
		name: 'package get',
		parameters: {
			resource: 'package',
			operation: 'get',
			...ids(OFFLINE_KEY),
			packageId: 'atlas-x64',
		},
		requests: ['GET /V1/Products/9NBLGGH4R2R6/0017/Packages/atlas-x64'],
		items: [
			expect.objectContaining({
				packageId: 'atlas-x64',
				packageFullName: 'Contoso.Atlas_2.1.0.0_x64__0000000000000',
				frameworkDependencyPackages: [
					expect.objectContaining({ packageId: 'vclibs-x64', architectures: ['x64'] }),
				],
			}),
		],
	},
	{
		name: 'offlineLicense get',
		parameters: {
			resource: 'offlineLicense',
			operation: 'get',
			...ids(OFFLINE_KEY),
			contentId: CONTENT_ID,
		},
		requests: [`POST /V1/Products/9NBLGGH4R2R6/0017/OfflineLicense/${CONTENT_ID}`],
		items: [
			{
				productKey: OFFLINE_KEY,
				contentId: CONTENT_ID,
				licenseBlob: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
				licenseInstanceId: '0f0f0f0f-0000-4000-8000-000000000002',
				requestorId: '0f0f0f0f-0000-4000-8000-000000000003',
			},
		],
	},
];

describe.each(['camel', 'pascal'] as const)('with a service that answers in %sCase', (casing) => {
	it.each(OPERATIONS)('$name gives its structure in camelCase', async (operation) => {
		const { emulator, url } = await bench.store({ quirks: { casing } });
		const result = await run(bench, url, operation.parameters);
		expect(errorOf(result)).toBeUndefined();
		expect(jsonOf(result)).toEqual(operation.items);
		expect(wire(emulator.log)).toEqual(operation.requests);
		expect(itemsOf(result, 'Store').every((item) => pairedRow(item) === 0)).toBe(true);
	});
});

/** A product with that many holders. */
const withSeats = (count: number): EmulatorOptions => ({
	users: [],
	products: [
		{ ...KEY, skus: [{ skuId: KEY.skuId, seatCapacity: 1000, holders: numberedUpns(count) }] },
	],
});

describe('lists', () => {
	const seats = { resource: 'seat', operation: 'getAll', ...ids(KEY) };

	it('takes 3 requests for all of 250 seats', async () => {
		const { emulator, url } = await bench.store(withSeats(250));
		const result = await run(bench, url, { ...seats, returnAll: true });
		expect(jsonOf(result).map(({ assignedTo }) => assignedTo)).toEqual(numberedUpns(250));
		expect(
			wire(emulator.log).map((line) => line.replace(/continuationToken=[^&]+/, 'token')),
		).toEqual([
			'GET /V1/Inventory/CFQ7TTC0K5DR/0002/Seats?maxResults=100',
			'GET /V1/Inventory/CFQ7TTC0K5DR/0002/Seats?token&maxResults=100',
			'GET /V1/Inventory/CFQ7TTC0K5DR/0002/Seats?token&maxResults=100',
		]);
		expect(emulator.tokens.issued).toBe(1);
	});

	it.each([
		[7, ['7']],
		[100, ['100']],
		[150, ['100', '100']],
	])('with limit %d asks for pages of %j', async (limit, sizes) => {
		const { emulator, url } = await bench.store(withSeats(250));
		const result = await run(bench, url, { ...seats, limit });
		expect(jsonOf(result)).toHaveLength(limit);
		expect(wire(emulator.log).map((line) => /maxResults=(\d+)/.exec(line)?.[1])).toEqual(sizes);
	});

	it('reads the limit and Return All of every item', async () => {
		const { url } = await bench.store(withSeats(120));
		const rows = [
			{ all: false, most: 2 },
			{ all: true, most: 0 },
			{ all: false, most: '3' },
		];
		const result = await run(
			bench,
			url,
			{ ...seats, returnAll: '={{ $json.all }}', limit: '={{ $json.most }}' },
			{ rows },
		);
		const counts = itemsOf(result, 'Store').reduce<number[]>((sums, item) => {
			const row = pairedRow(item);
			sums[row] = (sums[row] ?? 0) + 1;
			return sums;
		}, []);
		expect(counts).toEqual([2, 120, 3]);
	});

	it('ends with a clear message where a continuation token comes twice', async () => {
		const { emulator, url } = await bench.store();
		const page = { seats: [seatOf('ada@contoso.com')], continuationToken: 'again' };
		emulator.faults.add({ on: { operation: 'getSeats' }, effect: { kind: 'replace', body: page } });
		const result = await run(bench, url, { ...seats, returnAll: true });
		expect(errorOf(result)?.message).toBe(
			'The Store did not give the seats of product CFQ7TTC0K5DR, SKU 0002: The same continuation token came twice, so the list would never end. Reading was stopped',
		);
		expect(emulator.requests('getSeats')).toHaveLength(2);
	});

	it.each(['array', 'null', 'absent'] as const)(
		'gives no item for a list that is empty (%s)',
		async (emptyLists) => {
			const { emulator, url } = await bench.store({ quirks: { emptyLists } });
			const result = await run(bench, url, {
				resource: 'seat',
				operation: 'getByUser',
				username: 'alan_nobody@contoso.com',
			});
			expect(errorOf(result)?.message).toMatch(/did not find the seats of alan_nobody/);
			emulator.state.addUser('alan_nobody@contoso.com');
			const empty = await run(bench, url, {
				resource: 'seat',
				operation: 'getByUser',
				username: 'alan_nobody@contoso.com',
			});
			expect(errorOf(empty)).toBeUndefined();
			expect(jsonOf(empty)).toEqual([]);
		},
	);

	it('leaves the page size to a service that refuses it', async () => {
		const { emulator, url } = await bench.store(withSeats(60));
		emulator.faults.add({
			on: { operation: 'getSeats' },
			times: 1,
			effect: {
				kind: 'status',
				status: 400,
				body: { code: 'BadRequest', parameterName: 'maxResults', message: 'Too large.' },
			},
		});
		const result = await run(bench, url, { ...seats, returnAll: true });
		expect(jsonOf(result)).toHaveLength(60);
		expect(wire(emulator.log).slice(1, 2)).toEqual(['GET /V1/Inventory/CFQ7TTC0K5DR/0002/Seats']);
	});

	it('filters the inventory by license type and date, in the time zone of the workflow', async () => {
		const { emulator, url } = await bench.store();
		const inventory = { resource: 'inventory', operation: 'getAll', returnAll: true };
		const filters = { licenseTypes: ['online', 'offline'], modifiedSince: '2026-01-16T00:00:00' };
		const workflow = bench.engine.workflow({
			rows: [{}],
			nodes: [storeNode(bench, url, { ...inventory, filters })],
		});
		Object.assign(workflow, { timezone: 'America/New_York' });
		const result = await bench.engine.execute(workflow);
		expect(jsonOf(result).map(({ productKey }) => (productKey as IDataObject).productId)).toEqual([
			'CFQ7TTC0K5DR',
			'9NBLGGH4R2R6',
			'9P0000000001',
			'9P0000000003',
		]);
		expect(wire(emulator.log)).toEqual([
			'GET /V1/Inventory?modifiedSince=2026-01-16T05:00:00Z&licenseTypes=offline&licenseTypes=online&maxResults=100',
		]);
		emulator.clearLog();
		await run(bench, url, {
			...inventory,
			filters: {
				modifiedSince: '={{ DateTime.fromISO("2026-01-16T00:00:00Z").minus({ days: 1 }) }}',
			},
		});
		expect(wire(emulator.log)).toEqual([
			'GET /V1/Inventory?modifiedSince=2026-01-15T00:00:00Z&maxResults=100',
		]);
	});

	it('reads an inventory of 250 products with 3 requests', async () => {
		const { emulator, url } = await bench.store({ products: manyProducts(250) });
		const parameters = { resource: 'inventory', operation: 'getAll', returnAll: true };
		const result = await run(bench, url, parameters);
		expect(jsonOf(result)).toHaveLength(250);
		expect(emulator.requests('getInventory')).toHaveLength(3);
	});
});

describe('answers', () => {
	const seats = { resource: 'seat', operation: 'getAll', ...ids(KEY) };
	afterAll(async () => {
		bench = await Bench.start();
	});

	it.each([
		['an object of something else', { message: 'Sorry' }],
		['nothing', ''],
		['a page of a gateway', '<html><title>Sign in</title></html>'],
		['a list that is none', { seats: 'many' }],
	])('are not taken for an empty list where they are %s', async (_what, body) => {
		const { emulator, url } = await bench.store();
		bench.engine.replaceNodeType(NODE_TYPE, new ImpatientNode());
		emulator.faults.add({
			on: { operation: 'getSeats' },
			times: 1,
			effect: { kind: 'replace', body },
		});
		const result = await run(bench, url, seats);
		expect(errorOf(result)).toBeUndefined();
		expect(jsonOf(result)).toHaveLength(3);
		expect(emulator.requests('getSeats')).toHaveLength(2);
	});

	it('keeps unknown fields and dates, and does not let two spellings of a name fight', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({
			on: { operation: 'getSeat' },
			effect: {
				kind: 'replace',
				body: {
					ASSIGNEDTO: 'ada@contoso.com',
					DateAssigned: '2026-02-10T08:00:00.123+01:00',
					State: 'Active',
					SkuID: '0002',
					Colour: { HTMLName: 'red', '3rd': [{ URL: 'x' }] },
					note: 'second',
					Note: 'first',
					snake_case: null,
				},
			},
		});
		const result = await run(bench, url, OPERATIONS[0].parameters);
		expect(jsonOf(result)).toEqual([
			{
				assignedTo: 'ada@contoso.com',
				dateAssigned: '2026-02-10T08:00:00.123+01:00',
				state: 'Active',
				skuId: '0002',
				colour: { htmlName: 'red', '3rd': [{ url: 'x' }] },
				note: 'second',
				snake_case: null,
			},
		]);
	});

	it('survives a structure nested without end', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({
			on: { operation: 'getProduct' },
			effect: { kind: 'deep', levels: 5000 },
		});
		const result = await run(bench, url, { resource: 'product', operation: 'get', ...ids(KEY) });
		expect(jsonOf(result)).toEqual([expect.objectContaining({ productKey: KEY })]);
	});
});

describe('the file of an offline license', () => {
	const license = {
		resource: 'offlineLicense',
		operation: 'get',
		...ids(OFFLINE_KEY),
		contentId: CONTENT_ID,
		download: true,
	};

	it('is the decoded license, under the name of the field, beside the data', async () => {
		const { url } = await bench.store();
		const result = await run(bench, url, { ...license, binaryPropertyName: 'license' });
		const [{ json, binary }] = itemsOf(result, 'Store');
		expect(json.licenseBlob).toEqual(expect.any(String));
		const file = binary?.license;
		expect(file).toMatchObject({
			fileName: `9NBLGGH4R2R6_0017_${CONTENT_ID}_License.xml`,
			mimeType: 'application/xml',
		});
		expect(Buffer.from(file?.data ?? '', 'base64').toString()).toBe(
			'<License>emulated, good for nothing</License>',
		);
	});

	it('is called .bin where it is no XML', async () => {
		const { emulator, url } = await bench.store();
		const licenseBlob = Buffer.from([0, 1, 2, 250]).toString('base64');
		emulator.faults.add({
			on: { operation: 'getOfflineLicense' },
			effect: { kind: 'replace', body: { licenseBlob } },
		});
		const result = await run(bench, url, license);
		expect(itemsOf(result, 'Store')[0].binary?.data).toMatchObject({
			fileName: `9NBLGGH4R2R6_0017_${CONTENT_ID}_License.bin`,
			mimeType: 'application/octet-stream',
		});
	});

	it.each([['not base64!'], [null], ['']])(
		'is refused where the license is %j',
		async (licenseBlob) => {
			const { emulator, url } = await bench.store();
			emulator.faults.add({
				on: { operation: 'getOfflineLicense' },
				effect: { kind: 'replace', body: { licenseBlob, licenseInstanceId: 'x' } },
			});
			const result = await run(bench, url, license);
			expect(errorOf(result)?.message).toBe(
				`The Store gave no license that can be decoded for ${CONTENT_ID}`,
			);
		},
	);
});

describe('several items', () => {
	const bySeat = {
		resource: 'seat',
		operation: 'get',
		...ids(KEY),
		username: '={{ $json.email }}',
	};
	const rows = ['grace', 'pupil0001', 'pupil0002', 'grace'].map((name) => ({
		email: `${name}@contoso.com`,
	}));

	it('come out in input order whatever the order of the answers, each paired with its row', async () => {
		const { emulator, url } = await bench.store();
		emulator.faults.add({
			on: { operation: 'getSeat', user: 'pupil0001@contoso.com' },
			effect: { kind: 'delay', ms: 40, of: 'request' },
		});
		const result = await bench.engine.run({
			rows,
			nodes: [
				storeNode(bench, url, bySeat),
				{
					name: 'After',
					type: 'harness.edit',
					parameters: { value: "={{ $('Spreadsheet').item.json.email }}" },
				},
			],
		});
		expect(itemsOf(result, 'After').map(({ json }) => [json.assignedTo, json.value])).toEqual(
			rows.map(({ email }) => [email, email]),
		);
	});

	it('share a request that is the same, and no object', async () => {
		const { emulator, url } = await bench.store();
		const result = await run(bench, url, bySeat, { rows });
		expect(emulator.requests('getSeat')).toHaveLength(3);
		const items = itemsOf(result, 'Store');
		expect(items[0].json).toEqual(items[3].json);
		expect(items[0].json).not.toBe(items[3].json);
		expect(items[0].json.productKey).not.toBe(items[3].json.productKey);
		expect(items.map(pairedRow)).toEqual([0, 1, 2, 3]);
	});

	it('are asked for together, up to four at once, the first alone', async () => {
		const { emulator, url } = await bench.store({ latencyMs: 5 });
		const pupils = numberedUpns(20, { prefix: 'pupil' }).map((email) => ({ email }));
		await run(bench, url, bySeat, { rows: pupils, node: { onError: 'continueRegularOutput' } });
		expect(emulator.maxInFlight).toBe(4);
		expect(
			emulator
				.requests('getSeat')
				.map(({ inFlight }) => inFlight)
				.slice(0, 2),
		).toEqual([1, 1]);
		expect(emulator.tokens.issued).toBe(1);
	});
});

const pairedRow = ({ pairedItem }: { pairedItem?: unknown }): number =>
	(pairedItem as { item: number }).item;
