import type { QuirkSettings } from '../../emulator/quirks';
import type { FaultRule } from '../../emulator/faults';
import { startEmulator, type RunningEmulator, type ServerOptions } from '../../emulator/server';
import { numberedUpns } from '../../emulator/store';
import { Engine } from '../../harness/engine';
import {
	attack,
	bulkRequests,
	CONTINUING,
	expectOneOutcomeEach,
	expectTruth,
	hurry,
	PRODUCT,
	rowsOf,
	SKU,
} from '../support/attack';

const BATCH = 25;
const OTHERS = numberedUpns(BATCH, { prefix: 'pupil' });

/** Requests that k culprits among n names may cost. */
const bound = (culprits: number, names: number): number =>
	culprits * Math.ceil(Math.log2(names)) + 3 * culprits + 2;

interface Refusal {
	readonly because: string;
	/** The nth culprit's name. */
	readonly culprit: (n: number) => string;
	readonly quirks?: QuirkSettings;
	readonly faults?: (culprits: readonly string[]) => FaultRule[];
	/** The service's word on one name. */
	readonly word: RegExp;
	readonly httpStatus?: number;
}

const malformed = (n: number) => `malformed-${n}`;
const stranger = (n: number) => `stranger-${n}@contoso.com`;

const REFUSALS: readonly Refusal[] = [
	{ because: '400 that names nobody', culprit: malformed, word: /not valid/, httpStatus: 400 },
	{
		because: '400 that names the culprits',
		culprit: malformed,
		quirks: { badNamesNamed: true },
		word: /not valid: malformed-\d\b/,
		httpStatus: 400,
	},
	{
		because: '400 in a nested body',
		culprit: malformed,
		quirks: { errorShape: 'nested' },
		word: /invalid/,
		httpStatus: 400,
	},
	{
		because: '400 as a page of a gateway',
		culprit: malformed,
		quirks: { errorShape: 'html' },
		word: /400/,
		httpStatus: 400,
	},
	{
		because: '400 as plain text',
		culprit: malformed,
		quirks: { errorShape: 'text' },
		word: /not valid/,
		httpStatus: 400,
	},
	{
		because: '400 for users whom nobody knows',
		culprit: stranger,
		quirks: { unknownUser: 'refuseBatch400' },
		word: /not found/,
		httpStatus: 400,
	},
	{
		because: '404 User that names nobody',
		culprit: stranger,
		quirks: { unknownUser: 'refuseBatch404User' },
		word: /User not found/,
		httpStatus: 404,
	},
	{
		because: '404 User that names the culprits',
		culprit: stranger,
		quirks: { unknownUser: 'refuseBatch404User', badNamesNamed: true },
		word: /User not found/,
		httpStatus: 404,
	},
	{
		because: '404 User in capitals',
		culprit: stranger,
		quirks: { unknownUser: 'refuseBatch404User', errorShape: 'pascal' },
		word: /User not found/,
		httpStatus: 404,
	},
	{
		because: '413 whenever a culprit is in it',
		culprit: stranger,
		faults: (culprits) =>
			culprits.map((user) => ({
				on: { operation: 'bulkSeats', user },
				effect: { kind: 'status', status: 413 },
			})),
		word: /413/,
		httpStatus: 413,
	},
	{
		because: '400 with an empty body',
		culprit: stranger,
		faults: (culprits) =>
			culprits.map((user) => ({
				on: { operation: 'bulkSeats', user },
				effect: { kind: 'status', status: 400, body: '' },
			})),
		word: /400/,
		httpStatus: 400,
	},
	{
		because: '422 whenever a culprit is in it',
		culprit: stranger,
		faults: (culprits) =>
			culprits.map((user) => ({
				on: { operation: 'bulkSeats', user },
				effect: { kind: 'status', status: 422 },
			})),
		word: /422/,
		httpStatus: 422,
	},
	{
		because: '403 that names the culprit',
		culprit: stranger,
		faults: (culprits) =>
			culprits.map((user) => ({
				on: { operation: 'bulkSeats', user },
				effect: {
					kind: 'status',
					status: 403,
					body: { code: 'Forbidden', message: `The user ${user} is blocked.` },
				},
			})),
		word: /The user stranger-\d@contoso\.com is blocked/,
		httpStatus: 403,
	},
];

const PLACES: ReadonlyArray<readonly number[]> = [
	[0],
	[12],
	[24],
	[0, 24],
	[11, 12],
	[12, 13],
	[0, 12, 24],
	[4, 11, 20],
	[22, 23, 24],
];

const numbered = REFUSALS.flatMap((refusal) => PLACES.map((places) => ({ refusal, places }))).map(
	({ refusal, places }, index): [number, string, string, Refusal, readonly number[]] => [
		index + 1,
		refusal.because,
		places.join(', '),
		refusal,
		places,
	],
);

describe('culprits in a batch', () => {
	let engine: Engine;
	let running: RunningEmulator;

	const start = async (options: ServerOptions) => {
		running = await startEmulator({ users: OTHERS, ...options });
		return running;
	};

	beforeAll(async () => {
		engine = await Engine.start();
		await hurry(engine);
	});
	afterEach(async () => await running.close());

	it.each(numbered)(
		'vector %i, %s, at %s: the others have their seats',
		async (_, __, ___, { culprit, quirks, faults, word, httpStatus }, places) => {
			const names = [...OTHERS];
			const culprits = places.map((place, n) => (names[place] = culprit(n + 1)));
			const { emulator, url } = await start({ quirks, faults: faults?.(culprits) });
			const { outcomes, error } = await attack(engine, url, { rows: rowsOf(names) });
			expect(error).toBeUndefined();
			expectOneOutcomeEach(
				outcomes,
				names.map((name) => [name]),
			);
			for (const { username, status } of outcomes) {
				expect({ username, status }).toEqual({
					username,
					status: culprits.includes(username) ? 'failed' : 'succeeded',
				});
			}
			expectTruth(emulator, outcomes);
			for (const name of culprits) {
				const outcome = outcomes.find(({ username }) => username === name);
				expect(outcome).toMatchObject({
					failureReason: expect.stringMatching(word),
					...(httpStatus === undefined ? {} : { httpStatus }),
				});
				for (const other of culprits) {
					if (other !== name) expect(outcome?.failureReason).not.toContain(other);
				}
			}
			const requests = bulkRequests(emulator).length;
			expect(requests).toBeLessThanOrEqual(bound(places.length, BATCH));
		},
	);

	it('forty batches with a culprit each: every other seat is given', async () => {
		const users = numberedUpns(1000, { prefix: 'pupil' });
		const { emulator, url } = await start({ users });
		const names = users.map((name, i) =>
			i % BATCH === Math.floor(i / BATCH) % BATCH ? malformed(i) : name,
		);
		const culprits = names.filter((name) => !name.includes('@'));
		expect(culprits).toHaveLength(40);
		const { outcomes } = await attack(engine, url, {
			rows: rowsOf(names),
			options: { maxConcurrency: 8 },
		});
		expect(
			outcomes.filter(({ status }) => status === 'failed').map(({ username }) => username),
		).toEqual(culprits);
		expectTruth(emulator, outcomes);
		expect(emulator.maxInFlight).toBeLessThanOrEqual(8);
	});

	it.each(['refuseBatch', 'refuseName'] as const)(
		'a batch of nothing but malformed names (%s) fails each by its own word, within two and a half requests a name',
		async (malformedName) => {
			const names = OTHERS.map((_, n) => malformed(n));
			const { emulator, url } = await start({ quirks: { malformedName } });
			const { outcomes } = await attack(engine, url, { rows: rowsOf(names) });
			expectOneOutcomeEach(
				outcomes,
				names.map((name) => [name]),
			);
			for (const outcome of outcomes) {
				expect(outcome).toMatchObject({
					status: 'failed',
					failureReason: expect.stringMatching(/not valid/),
				});
			}
			expect(bulkRequests(emulator).length).toBeLessThanOrEqual(2.5 * BATCH);
		},
	);

	it('no request of a division is larger than the batch or empty, and none repeats a settled name', async () => {
		const names = OTHERS.map((name, i) => (i % 9 === 4 ? malformed(i) : name));
		const { emulator, url } = await start({});
		await attack(engine, url, { rows: rowsOf(names) });
		const accepted = new Set<string>();
		for (const { usernames = [], status } of bulkRequests(emulator)) {
			expect(usernames.length).toBeGreaterThan(0);
			expect(usernames.length).toBeLessThanOrEqual(BATCH);
			for (const name of usernames) {
				expect(accepted.has(name)).toBe(false);
				if (status === 200) accepted.add(name);
			}
		}
	});

	describe('a product that is refused', () => {
		// From 100 on, since some before hold seats from the start.
		const PUPILS = numberedUpns(250, { prefix: 'pupil', from: 100 });
		const locator = (value: string) => ({ __rl: true, mode: 'id', value });
		const parameters = {
			productId: locator('={{ $json.productId }}'),
			skuId: locator('={{ $json.skuId }}'),
		};
		const PRODUCTS: ReadonlyArray<{
			because: string;
			productId: string;
			skuId: string;
			httpStatus: number;
			body?: unknown;
			quirks?: QuirkSettings;
		}> = [
			{ because: '404 Inventory', productId: '9P0000009999', skuId: '0001', httpStatus: 404 },
			{
				because: '404 Inventory, nested',
				productId: '9P0000009999',
				skuId: '0001',
				httpStatus: 404,
				quirks: { errorShape: 'nested' },
			},
			{
				because: '404 Inventory, data only',
				productId: '9P0000009999',
				skuId: '0001',
				httpStatus: 404,
				quirks: { errorShape: 'data' },
			},
			{
				because: '404 as a page',
				productId: '9P0000009999',
				skuId: '0001',
				httpStatus: 404,
				quirks: { errorShape: 'html' },
			},
			{ because: '404 not owned', productId: '9P0000000004', skuId: '0001', httpStatus: 404 },
			{ because: '409 offline', productId: '9NBLGGH4R2R6', skuId: '0017', httpStatus: 409 },
			{ because: '409 removed', productId: '9P0000000002', skuId: '0001', httpStatus: 409 },
			{
				because: '403',
				productId: '9NBLGGH4R2R6',
				skuId: '0016',
				httpStatus: 403,
				body: { code: 'Forbidden', message: 'Not allowed.' },
			},
			{
				because: '403 with an empty body',
				productId: '9NBLGGH4R2R6',
				skuId: '0016',
				httpStatus: 403,
				body: '',
			},
			{
				because: '400 about the product',
				productId: '9NBLGGH4R2R6',
				skuId: '0016',
				httpStatus: 400,
				body: {
					code: 'BadRequest',
					data: { parameterName: 'productId', reason: 'InvalidParameter' },
				},
			},
			{
				because: '400 about the SKU, in capitals',
				productId: '9NBLGGH4R2R6',
				skuId: '0016',
				httpStatus: 400,
				body: { Error: { Target: 'SkuId', Message: 'Invalid.' } },
			},
			{ because: '410', productId: '9NBLGGH4R2R6', skuId: '0016', httpStatus: 410 },
			{ because: '451', productId: '9NBLGGH4R2R6', skuId: '0016', httpStatus: 451 },
		];

		it.each(
			PRODUCTS.flatMap((product) => CONTINUING.map((onError) => ({ ...product, onError }))).map(
				(vector, index): [number, string, string, typeof vector] => [
					index + 1,
					vector.because,
					vector.onError,
					vector,
				],
			),
		)(
			'vector %i, %s, %s: asked once for ten batches while the other product goes on',
			async (_, __, ___, { productId, skuId, httpStatus, body, quirks, onError }) => {
				const isFault = productId === '9NBLGGH4R2R6' && skuId === '0016';
				const { emulator, url } = await start({
					users: PUPILS,
					quirks,
					faults: isFault
						? [
								{
									on: { operation: 'bulkSeats', productId, skuId },
									effect: { kind: 'status', status: httpStatus, body },
								},
							]
						: [],
				});
				const rows = PUPILS.flatMap((email) => [
					{ productId, skuId, email },
					{ productId: PRODUCT, skuId: SKU, email },
				]);
				const { outcomes, error } = await attack(engine, url, { rows, parameters, onError });
				expect(error).toBeUndefined();
				expectOneOutcomeEach(
					outcomes,
					rows.map(({ email }) => [email]),
				);
				for (const outcome of outcomes) {
					expect(outcome).toMatchObject(
						outcome.productId === productId
							? { status: 'failed', httpStatus }
							: { status: 'succeeded' },
					);
				}
				expect(bulkRequests(emulator, productId)).toHaveLength(1);
				expect(bulkRequests(emulator, PRODUCT)).toHaveLength(10);
				expectTruth(emulator, outcomes);
			},
		);
	});
});
