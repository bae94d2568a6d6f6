import type { IDataObject } from 'n8n-workflow';

import type { FaultEffect } from '../../emulator/faults';
import { errorOf } from '../../harness/engine';
import { ids, KEY, storeNode } from '../operations/support';
import { Bench, byId, jsonOf, PRODUCT, pupil, pupils, rowsOf, SKU } from '../support/store';
import { VirtualBench } from '../support/virtualNode';

type VirtualStore = ReturnType<VirtualBench['store']>;

let bench: VirtualBench;

beforeAll(async () => {
	bench = await VirtualBench.start();
});

const countOf = (values: readonly string[]) =>
	values.reduce<Record<string, number>>(
		(counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }),
		{},
	);
const statusesOf = (items: readonly IDataObject[]) =>
	countOf(items.map(({ status }) => String(status)));
const requestsTo = ({ emulator }: VirtualStore) =>
	countOf(emulator.log.map(({ operation }) => String(operation)));
const outcomesOf = (run: Parameters<typeof errorOf>[0]) =>
	(errorOf(run)?.context.data as { outcomes: IDataObject[] } | undefined)?.outcomes ?? jsonOf(run);

/** Another product of the same run, licensed offline: refused with a 409. */
const OFFLINE = { product: '9NBLGGH4R2R6', sku: '0017' };

describe('a service that does the work and is slow to say so', () => {
	it.each([
		['stopWorkflow', 1],
		['stopWorkflow', 4],
		['continueRegularOutput', 4],
	] as const)('is not given up: %s, %d at once', async (onError, maxConcurrency) => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'hang', work: 'done' },
		});
		const run = await bench.change(store, pupils(500), {
			options: { requestTimeout: 5, maxAttempts: 1, maxConcurrency },
			node: { onError },
		});
		expect(errorOf(run)).toBeUndefined();
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 500 });
	});

	it.each([
		[500, 'unknown'],
		[503, 'failed'],
	])('and answers 503: with %d for look-ups, too, its seats are %s', async (status, outcome) => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'status', status: 503, work: status === 500 ? 'done' : 'none' },
		});
		for (const operation of ['getSeat', 'getSeats'] as const) {
			store.emulator.faults.add({ on: { operation }, effect: { kind: 'status', status } });
		}
		const run = await bench.change(store, pupils(2));
		expect(statusesOf(outcomesOf(run))).toEqual({ [outcome]: 2 });
	});

	it.each([503, 504] as const)('is looked at behind a gateway that says %d', async (status) => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'status', status, work: 'done' },
		});
		const run = await bench.change(store, pupils(300), {
			node: { onError: 'continueRegularOutput' },
		});
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 300 });
	});
});

describe('a run that ends early', () => {
	it('still looks at what had been sent', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', productId: PRODUCT, nth: { from: 2 } },
			effect: { kind: 'hang', work: 'done' },
		});
		const rows = [
			...pupils(50).map((email) => ({ email, product: PRODUCT, sku: SKU })),
			{ email: pupil(1), ...OFFLINE },
		];
		const run = await store.clock.run(
			new Bench(bench.engine).change('http://127.0.0.1:9', rows, {
				productId: byId('={{ $json.product }}'),
				skuId: byId('={{ $json.sku }}'),
				options: { requestTimeout: 5, maxAttempts: 1, maxConcurrency: 2 },
			}),
		);
		expect(errorOf(run)?.message).toContain('HTTP 409');
		expect(errorOf(run)?.description).toContain('50 seats of 51 had been changed');
		expect(statusesOf(outcomesOf(run))).toEqual({ succeeded: 50, failed: 1 });
	});

	it('says of how many seats it does not know, and denies none that were given', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'cut', at: 'afterWork' },
		});
		for (const operation of ['getSeat', 'getSeats'] as const) {
			store.emulator.faults.add({ on: { operation }, effect: { kind: 'status', status: 500 } });
		}
		const run = await bench.change(store, pupils(60));
		expect(statusesOf(outcomesOf(run))).toEqual({ unknown: 25, failed: 35 });
		expect(errorOf(run)?.description).toMatch(
			/What became of 25 seats is not known\. No other seat was changed\./,
		);
	});

	it('with a service that answers nobody asks the list and one user, and no other', async () => {
		const store = bench.store();
		store.emulator.faults.add({ effect: { kind: 'hang', work: 'none' } });
		await bench.change(store, pupils(25));
		expect(requestsTo(store)).toEqual({ token: 1, bulkSeats: 5, getSeats: 5, getSeat: 5 });
	});
});

describe('a look-up', () => {
	it.each<[string, FaultEffect]>([
		['a 500', { kind: 'status', status: 500 }],
		[
			'a state that says nothing',
			{ kind: 'replace', body: { assignedTo: pupil(0), state: 'Suspended' } },
		],
	])('that ends in %s concerns its own user only', async (_what, effect) => {
		const store = bench.store();
		store.emulator.quirks = { omitUsers: true };
		store.emulator.faults.add({ on: { operation: 'getSeat', user: pupil(0) }, effect });
		const run = await bench.change(store, pupils(2), { options: { maxConcurrency: 1 } });
		expect(jsonOf(run).map(({ status }) => status)).toEqual(['unknown', 'succeeded']);
	});

	it.each([
		{ code: 'SeatNotFound', message: 'Not found' },
		{ code: 'UserNotFound' },
		{ error: { code: 'SeatNotFound', message: 'The requested resource does not exist.' } },
		{ message: 'Seat for user 8c0f0000-0000-4000-8000-000000000001 not found' },
	])('reads that there is no seat in %j', async (body) => {
		const store = bench.store();
		store.emulator.quirks = { omitUndone: true };
		store.emulator.faults.add({
			on: { operation: 'getSeat' },
			effect: { kind: 'status', status: 404, body },
		});
		store.emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'replace', body: { seatDetails: [], failedSeatOperations: [] } },
		});
		const run = await bench.change(store, pupils(1));
		expect(statusesOf(jsonOf(run))).toEqual({ failed: 1 });
		// A user without a seat is asked for once more; one whom nobody knows is not.
		const about = JSON.stringify(body);
		expect(requestsTo(store).bulkSeats).toBe(about.includes('UserNotFound') ? 1 : 2);
	});

	it('of a thousand who went without reads the list of a product that has run out', async () => {
		const store = bench.store();
		const run = await bench.change(store, pupils(1000), {
			productId: byId('9P0000000001'),
			skuId: byId('0001'),
		});
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 2, failed: 998 });
		expect(requestsTo(store)).toEqual({ token: 1, bulkSeats: 40, getSeats: 1 });
	});
});

describe('a leaver whom the Store does not know', () => {
	it.each<[string, (store: VirtualStore) => void]>([
		[
			'in neither list of the answer',
			({ emulator }) => (emulator.quirks = { omitUndone: true } as never),
		],
		[
			'refused with words that say nothing',
			({ emulator }) =>
				(emulator.quirks = { words: { unknownUser: 'Something went wrong' } } as never),
		],
		[
			'in a request that was cut',
			({ emulator }) =>
				void emulator.faults.add({
					on: { operation: 'bulkSeats' },
					effect: { kind: 'cut', at: 'beforeWork' },
				}),
		],
	])('is not reported as done: %s', async (_how, prepare) => {
		const store = bench.store();
		prepare(store);
		const run = await bench.change(store, ['typo@contoso.com'], {
			operation: 'reclaim',
			options: { maxAttempts: 2 },
		});
		expect(outcomesOf(run)).toMatchObject([
			{ status: 'failed', failureReason: 'The Store knows no such user' },
		]);
	});
});

describe('an earlier try that is still under way', () => {
	it.each<[string, FaultEffect]>([
		[
			'in a 200',
			{
				kind: 'replace',
				body: {
					seatDetails: [],
					failedSeatOperations: [
						{ userName: pupil(1), failureReason: 'Another operation is in progress for this seat' },
					],
				},
			},
		],
		[
			'alone with a 400',
			{ kind: 'status', status: 400, body: { message: 'Busy with an earlier request' } },
		],
	])('makes a later refusal %s unknown, not failed', async (_where, effect) => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 1 },
			effect: { kind: 'hang', work: { afterMs: 20_000 } },
		});
		store.emulator.faults.add({ on: { operation: 'bulkSeats' }, effect });
		const run = await bench.change(store, [pupil(1)], { options: { requestTimeout: 5 } });
		expect(statusesOf(jsonOf(run))).toEqual({ unknown: 1 });
		await store.clock.drain();
		expect(store.emulator.state.holders(PRODUCT, SKU)).toContain(pupil(1));
	});
});

describe('a sign-in service', () => {
	it.each<[string, FaultEffect]>([
		['is cut off', { kind: 'cut', at: 'beforeWork' }],
		['does not answer', { kind: 'hang', work: 'none' }],
		['is down', { kind: 'status', status: 503 }],
	])('that %s touches no seat, and is asked for one request only', async (_what, effect) => {
		const store = bench.store();
		store.emulator.faults.add({ on: { operation: 'token' }, effect });
		const run = await bench.change(store, pupils(60), {
			options: { requestTimeout: 5 },
			node: { onError: 'continueRegularOutput' },
		});
		expect(statusesOf(jsonOf(run))).toEqual({ failed: 60 });
		expect(jsonOf(run)[0].failureReason).toMatch(/^The sign-in service gave no token: /);
		expect(requestsTo(store)).toEqual({ token: 5 });
	});

	it('is not asked sooner than it asks', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'token', nth: 1 },
			effect: { kind: 'status', status: 429, retryAfter: 2 },
		});
		await bench.change(store, pupils(1));
		const [first, second] = store.emulator.requests('token').map(({ startedMs }) => startedMs);
		expect(second - first).toBeGreaterThanOrEqual(2000);
	});
});

it.each([
	{ data: { name: 'productId', reason: 'invalid parameter' } },
	{ message: 'The value of productId is invalid', data: { parameters: ['productId'] } },
])('a 400 about the product, %j, is not searched for culprits', async (body) => {
	const store = bench.store();
	store.emulator.faults.add({
		on: { operation: 'bulkSeats' },
		effect: { kind: 'status', status: 400, body },
	});
	const run = await bench.change(store, pupils(100));
	expect(errorOf(run)?.message).toContain('HTTP 400');
	expect(requestsTo(store).bulkSeats).toBe(1);
});

describe('reads', () => {
	const readSeats = async (store: VirtualStore, names: readonly string[], onError: string) =>
		await store.clock.run(
			bench.engine.run({
				rows: rowsOf(names),
				nodes: [
					storeNode(
						new Bench(bench.engine),
						'http://127.0.0.1:9',
						{ resource: 'seat', operation: 'get', ...ids(KEY), username: '={{ $json.email }}' },
						{ onError: onError as never },
					),
				],
			}),
		);

	it('behind a long pause say why they were not sent', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'getSeat' },
			effect: { kind: 'status', status: 429, retryAfter: 3600 },
		});
		const run = await readSeats(store, pupils(6), 'continueRegularOutput');
		for (const { error } of jsonOf(run, 'Store')) expect(error).toMatch(/pause of 60 minutes/);
		expect(requestsTo(store).getSeat).toBeLessThanOrEqual(4);
	});

	it('stop with the refusal that came first, not with one that it broke off', async () => {
		const store = bench.store({ latencyMs: 50 });
		store.emulator.faults.add({
			on: { operation: 'getSeat', user: pupil(0) },
			effect: { kind: 'status', status: 500 },
		});
		store.emulator.faults.add({
			on: { operation: 'getSeat', user: pupil(1) },
			effect: { kind: 'status', status: 403 },
		});
		const run = await readSeats(store, pupils(2), 'stopWorkflow');
		expect(errorOf(run)).toMatchObject({ httpCode: '403', context: { itemIndex: 1 } });
	});
});

describe('On Error on Stop', () => {
	const stoppedBy = (run: Parameters<typeof errorOf>[0]) => errorOf(run)?.message ?? 'nothing';

	it('says that the product was refused, also where a look-up settled the request before', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 1 },
			effect: { kind: 'cut', at: 'afterWork' },
		});
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: { from: 2 } },
			effect: { kind: 'status', status: 403 },
		});
		const run = await bench.change(store, pupils(100));
		expect(stoppedBy(run)).toContain('HTTP 403');
		expect(statusesOf(outcomesOf(run))).toEqual({ succeeded: 25, failed: 75 });
	});

	it('says that the service is out of reach, also where all that was sent is settled', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'cut', at: 'beforeWork' },
		});
		const typos = Array.from({ length: 12 }, (_, index) => `typo${index}@contoso.com`);
		const run = await bench.change(store, [...typos, 'grace@contoso.com'], {
			operation: 'reclaim',
			options: { batchSize: 1, maxAttempts: 2 },
		});
		expect(stoppedBy(run)).toContain('The connection was cut');
	});

	it('says what a look-up was told to wait for', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 1 },
			effect: { kind: 'replace', body: { seatDetails: [], failedSeatOperations: [] } },
		});
		store.emulator.faults.add({
			on: { operation: 'getSeat' },
			effect: { kind: 'status', status: 429, retryAfter: 3600 },
		});
		const run = await bench.change(store, [pupil(1)]);
		expect(stoppedBy(run)).toContain('pause of 60 minutes');
		expect(statusesOf(outcomesOf(run))).toEqual({ unknown: 1 });
	});

	it('keeps the words of one product away from the seats of another', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', productId: PRODUCT },
			effect: { kind: 'replace', body: { seatDetails: [], failedSeatOperations: [] } },
		});
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', productId: OFFLINE.product },
			effect: { kind: 'delay', ms: 500, of: 'answer' },
		});
		const rows = [
			...pupils(3).map((email) => ({ email, product: PRODUCT, sku: SKU })),
			{ email: pupil(1), ...OFFLINE },
		];
		const run = await store.clock.run(
			new Bench(bench.engine).change('http://127.0.0.1:9', rows, {
				productId: byId('={{ $json.product }}'),
				skuId: byId('={{ $json.sku }}'),
			}),
		);
		const [first] = outcomesOf(run);
		expect(first).toMatchObject({ status: 'failed', productId: PRODUCT });
		expect(first.failureReason).toMatch(/answered without naming this user/);
		expect(first).not.toHaveProperty('httpStatus');
	});
});

it.each([503, 'cut'] as const)(
	'a renewal of the token that meets %s is tried again',
	async (how) => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 2 },
			effect: { kind: 'expireTokens' },
		});
		store.emulator.faults.add({
			on: { operation: 'token', nth: 2 },
			effect: how === 'cut' ? { kind: 'cut', at: 'beforeWork' } : { kind: 'status', status: how },
		});
		const run = await bench.change(store, pupils(100), { options: { maxConcurrency: 1 } });
		expect(errorOf(run)).toBeUndefined();
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 100 });
	},
);

it('a credential that cannot be read for a moment costs no seat', async () => {
	const store = bench.store({ latencyMs: 20 });
	store.emulator.faults.add({
		on: { operation: 'bulkSeats', nth: 3 },
		effect: { kind: 'status', status: 500 },
	});
	let isLocked = false;
	store.emulator.on('answered', ({ status }) => (isLocked ||= status === 500));
	const { credentials } = bench.engine;
	const read = credentials.getDecrypted.bind(credentials);
	const reading = jest.spyOn(credentials, 'getDecrypted').mockImplementation(async (...asked) => {
		if (isLocked) {
			reading.mockImplementation(read);
			throw new Error('database is locked');
		}
		return await read(...asked);
	});
	const run = await bench
		.change(store, pupils(500), { node: { onError: 'continueRegularOutput' } })
		.finally(() => reading.mockRestore());
	const sent = store.emulator.log.length;
	await store.clock.drain();
	expect(store.emulator.log).toHaveLength(sent);
	expect(isLocked).toBe(true);
	expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 500 });
});

it('out of seats after a 500, which has come to its end, is failed', async () => {
	const store = bench.store();
	store.emulator.faults.add({
		on: { operation: 'bulkSeats', nth: 1 },
		effect: { kind: 'status', status: 500 },
	});
	const run = await bench.change(store, pupils(20), {
		productId: byId('9P0000000001'),
		skuId: byId('0001'),
	});
	expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 2, failed: 18 });
});

it('a list of seats that hangs does not keep single users from being looked up', async () => {
	const store = bench.store();
	store.emulator.faults.add({
		on: { operation: 'bulkSeats', nth: 1 },
		effect: { kind: 'cut', at: 'afterWork' },
	});
	store.emulator.faults.add({
		on: { operation: 'getSeats' },
		effect: { kind: 'hang', work: 'none' },
	});
	const run = await bench.change(store, pupils(25), { options: { maxAttempts: 1 } });
	expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 25 });
});

it('a leaver whose seat was taken is not called unknown for "User has no seat: not found"', async () => {
	const store = bench.store();
	store.emulator.faults.add({
		on: { operation: 'bulkSeats' },
		effect: { kind: 'cut', at: 'afterWork' },
	});
	store.emulator.faults.add({
		on: { operation: 'getSeat' },
		effect: {
			kind: 'status',
			status: 404,
			body: { message: 'User has no seat of this product: seat not found' },
		},
	});
	const run = await bench.change(store, ['grace@contoso.com'], {
		operation: 'reclaim',
		options: { maxAttempts: 1 },
	});
	expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 1 });
});

it('a 400 that names the parameter usernames is about a name, whatever product stands in its words', async () => {
	const store = bench.store();
	store.emulator.faults.add({
		on: { operation: 'bulkSeats', user: pupil(3) },
		effect: {
			kind: 'status',
			status: 400,
			body: {
				name: 'ValidationError',
				message: `Invalid parameter in the request for productId ${PRODUCT}`,
				data: { parameter: 'usernames' },
			},
		},
	});
	const run = await bench.change(store, pupils(50));
	expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 49, failed: 1 });
});
