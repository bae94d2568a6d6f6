import type { FaultEffect, FaultRule } from '../../emulator/faults';
import type { QuirkSettings } from '../../emulator/quirks';
import { startEmulator, type RunningEmulator, type ServerOptions } from '../../emulator/server';
import { numberedUpns } from '../../emulator/store';
import { Engine } from '../../harness/engine';
import {
	attack,
	CONTINUING,
	expectOneOutcomeEach,
	expectTruth,
	giveSeats,
	hurry,
	NODE,
	ON_ERROR,
	pause,
	PRODUCT,
	rowsOf,
	SKU,
	until,
} from '../support/attack';

const PUPILS = numberedUpns(10, { prefix: 'pupil', from: 100 });

/** A fault that leaves open what was done. */
interface Vector {
	readonly because: string;
	/** What each try meets, in order; further ones meet the last. */
	readonly tries: readonly FaultEffect[];
	/** What look-ups meet. */
	readonly lookUps?: FaultEffect;
	readonly quirks?: QuirkSettings;
	readonly maxAttempts?: number;
}

const cut = (at: 'beforeWork' | 'afterWork' | 'midBody'): FaultEffect => ({ kind: 'cut', at });
const hang = (work: 'none' | 'done' | { afterMs: number }): FaultEffect => ({ kind: 'hang', work });
const status = (code: number, work: 'none' | 'done' = 'none', body?: unknown): FaultEffect => ({
	kind: 'status',
	status: code,
	work,
	...(body === undefined ? {} : { body }),
});
const PAGE = '<html><head><title>Gateway</title></head></html>';
const fine: FaultEffect = { kind: 'delay', ms: 0, of: 'answer' };

const VECTORS: readonly Vector[] = [
	{ because: 'cut before the work, then answered', tries: [cut('beforeWork'), fine] },
	{ because: 'cut after the work, then answered', tries: [cut('afterWork'), fine] },
	{ because: 'cut in the middle of the answer, then answered', tries: [cut('midBody'), fine] },
	{ because: 'cut before the work, always', tries: [cut('beforeWork')] },
	{ because: 'cut after the work, always', tries: [cut('afterWork')] },
	{ because: 'cut in the middle of the answer, always', tries: [cut('midBody')] },
	{ because: 'hangs with the work undone, then answered', tries: [hang('none'), fine] },
	{ because: 'hangs with the work done, then answered', tries: [hang('done'), fine] },
	{ because: 'hangs and works later, then answered', tries: [hang({ afterMs: 350 }), fine] },
	{
		because: 'hangs and works while it is looked up',
		tries: [hang({ afterMs: 250 })],
		maxAttempts: 1,
	},
	{ because: 'hangs with the work undone, always', tries: [hang('none')] },
	{ because: 'hangs with the work done, always', tries: [hang('done')] },
	{ because: 'truncated JSON, then answered', tries: [{ kind: 'truncate' }, fine] },
	{ because: 'truncated JSON, always', tries: [{ kind: 'truncate' }] },
	{ because: 'a page with 200, the work done', tries: [{ kind: 'html', status: 200 }] },
	{ because: 'a page with 502, the work done', tries: [{ kind: 'html', status: 502 }] },
	{ because: 'a page with 504, the work done', tries: [{ kind: 'html', status: 504 }] },
	{ because: '500 with the work done', tries: [status(500, 'done')] },
	{ because: '500 with the work undone', tries: [status(500)] },
	{
		because: '507 with the work done: not to be repeated, and not to be believed',
		tries: [status(507, 'done')],
	},
	{
		because: '503 of a gateway with the work done',
		tries: [status(503, 'done', PAGE)],
		maxAttempts: 1,
	},
	{
		because: '503 of a gateway with the work done, then refused',
		tries: [status(503, 'done', PAGE), status(403)],
	},
	{ because: '408 with the work done, always', tries: [status(408, 'done', PAGE)], maxAttempts: 1 },
	{ because: 'done and cut, then 400 for the repeat', tries: [cut('afterWork'), status(400)] },
	{ because: 'done and cut, then 403 for the repeat', tries: [cut('afterWork'), status(403)] },
	{ because: 'done and cut, then 404 for the repeat', tries: [cut('afterWork'), status(404)] },
	{ because: 'done and cut, then 409 for the repeat', tries: [cut('afterWork'), status(409)] },
	{ because: 'done and cut, then 413 for the repeat', tries: [cut('afterWork'), status(413)] },
	{
		because: 'done and cut, then 401 twice for the repeat',
		tries: [cut('afterWork'), status(401), status(401)],
	},
	{ because: 'done and cut, then 429 without end', tries: [cut('afterWork'), status(429)] },
	{
		because: 'done and cut, then a redirect',
		tries: [cut('afterWork'), { kind: 'redirect', location: 'http://127.0.0.1:1/' }],
	},
	{
		because: 'done and cut, then a pause too long',
		tries: [cut('afterWork'), { kind: 'status', status: 429, retryAfter: 86_400 }],
	},
	{ because: 'undone and cut, then 400 for the repeat', tries: [cut('beforeWork'), status(400)] },
	{ because: 'undone and cut, then 403 for the repeat', tries: [cut('beforeWork'), status(403)] },
	{ because: 'truncated, then 409 for the repeat', tries: [{ kind: 'truncate' }, status(409)] },
	{
		because: 'done and cut, and look-ups are cut too',
		tries: [cut('afterWork')],
		lookUps: cut('beforeWork'),
	},
	{
		because: 'undone and cut, and look-ups are cut too',
		tries: [cut('beforeWork')],
		lookUps: cut('beforeWork'),
	},
	{ because: 'done and cut, and look-ups hang', tries: [cut('afterWork')], lookUps: hang('none') },
	{
		because: 'done and cut, and look-ups are forbidden',
		tries: [cut('afterWork')],
		lookUps: status(403),
	},
	{
		because: 'done and cut, and a gateway says 404 to look-ups',
		tries: [cut('afterWork')],
		lookUps: status(404, 'none', PAGE),
	},
	{
		because: 'done and cut, and look-ups answer a page',
		tries: [cut('afterWork')],
		lookUps: { kind: 'html', status: 200 },
	},
	{
		because: 'done and cut, and look-ups answer null',
		tries: [cut('afterWork')],
		lookUps: { kind: 'replace', body: null },
	},
	{
		because: 'done and cut, and look-ups answer an empty object',
		tries: [cut('afterWork')],
		lookUps: { kind: 'replace', body: {} },
	},
	{
		because: 'done and cut, and look-ups answer a list of nulls',
		tries: [cut('afterWork')],
		lookUps: { kind: 'replace', body: { seats: [null, null] } },
	},
	{
		because: 'done and cut, and seats are read without state',
		tries: [cut('afterWork')],
		quirks: { stateMissing: true },
	},
	{
		because: 'undone and cut, and seats are read without state',
		tries: [cut('beforeWork')],
		quirks: { stateMissing: true },
	},
	{
		because: 'done and cut, and seats are read by object id',
		tries: [cut('afterWork')],
		quirks: { assignedToAs: 'objectId' },
	},
	{
		because: 'undone and cut, and seats are read by object id',
		tries: [cut('beforeWork')],
		quirks: { assignedToAs: 'bracedObjectId' },
	},
	{
		because: 'done and cut, and reads lag behind',
		tries: [cut('afterWork')],
		quirks: { readsLagMs: 60_000 },
	},
	{
		because: 'done and cut, and reads show the past too',
		tries: [cut('afterWork')],
		quirks: { showRevoked: true },
	},
	{
		because: 'answered without anybody named, the work done',
		tries: [fine],
		quirks: { omitUsers: true },
	},
	{
		because: 'answered without anybody named, the work undone',
		tries: [fine],
		quirks: { omitUndone: true },
	},
	{
		because: 'the same, and seats are read without state',
		tries: [fine],
		quirks: { omitUndone: true, stateMissing: true },
	},
	{
		because: 'the same, and seats are read by object id',
		tries: [fine],
		quirks: { omitUndone: true, assignedToAs: 'objectId' },
	},
	{
		because: 'the same, and look-ups answer a list of nulls',
		tries: [fine],
		quirks: { omitUndone: true },
		lookUps: { kind: 'replace', body: { seats: [null, null, null] } },
	},
	{
		because: 'the same, and look-ups answer seats of nobody',
		tries: [fine],
		quirks: { omitUndone: true },
		lookUps: { kind: 'replace', body: { seats: [{ state: 'Active' }] } },
	},
	{
		because: 'the same, and look-ups answer text for a list',
		tries: [fine],
		quirks: { omitUndone: true },
		lookUps: { kind: 'replace', body: { seats: 'none' } },
	},
	{
		because: 'the same, and there is a next page that cannot be asked for',
		tries: [fine],
		quirks: { omitUndone: true },
		lookUps: { kind: 'replace', body: { seats: [], continuationToken: { next: 2 } } },
	},
	{
		because: 'the same, and the continuation token never changes',
		tries: [fine],
		quirks: { omitUndone: true },
		lookUps: { kind: 'replace', body: { seats: [], continuationToken: 'again' } },
	},
	{
		because: 'the same, and look-ups answer a state nobody knows',
		tries: [fine],
		quirks: { omitUndone: true },
		lookUps: {
			kind: 'replace',
			body: { seats: PUPILS.map((assignedTo) => ({ assignedTo, state: 'Pending' })) },
		},
	},
	{
		because: 'the same, and look-ups answer the seats of another product',
		tries: [fine],
		quirks: { omitUndone: true },
		lookUps: {
			kind: 'replace',
			body: {
				seats: PUPILS.map((assignedTo) => ({
					assignedTo,
					state: 'Active',
					productKey: { productId: 'OTHER', skuId: '0001' },
				})),
			},
		},
	},
	{
		because: 'the same, and look-ups answer the reclaimed seats of another product',
		tries: [fine],
		quirks: { omitUndone: true },
		lookUps: {
			kind: 'replace',
			body: {
				seats: PUPILS.map((assignedTo) => ({
					assignedTo,
					state: 'Revoked',
					productKey: { productId: 'OTHER', skuId: '0001' },
				})),
			},
		},
	},
	{
		because: 'answered with everybody in both lists',
		tries: [fine],
		quirks: { contradictUsers: true },
	},
	{
		because: 'answered with everybody in both lists after a cut',
		tries: [cut('afterWork'), fine],
		quirks: { contradictUsers: true },
	},
];

const numbered = VECTORS.map((vector, index): [number, string, Vector] => [
	index + 1,
	vector.because,
	vector,
]);

const faultsOf = ({ tries, lookUps }: Vector): FaultRule[] => [
	...tries.map((effect, index): FaultRule => ({
		on: {
			operation: 'bulkSeats',
			nth: index === tries.length - 1 ? { from: index + 1 } : index + 1,
		},
		effect,
	})),
	...(lookUps === undefined
		? []
		: [{ on: { operation: ['getSeat', 'getSeats'] as const }, effect: lookUps }]),
];

jest.setTimeout(20_000);

describe('requests of which nobody knows what they did', () => {
	let engine: Engine;
	let running: RunningEmulator;

	beforeAll(async () => {
		engine = await Engine.start();
		await hurry(engine);
	});
	afterEach(async () => await running.close());

	const start = async (operation: 'assign' | 'reclaim', options: ServerOptions) => {
		running = await startEmulator({ users: PUPILS, ...options });
		if (operation === 'reclaim') giveSeats(running.emulator, PUPILS);
		return running;
	};

	const run = async (
		operation: 'assign' | 'reclaim',
		vector: Vector,
		onError: (typeof ON_ERROR)[number],
	) => {
		const { emulator, url } = await start(operation, {
			quirks: vector.quirks,
			faults: faultsOf(vector),
		});
		const ended = await attack(engine, url, {
			operation,
			rows: rowsOf(PUPILS),
			onError,
			options: { requestTimeout: 0.2, maxAttempts: vector.maxAttempts ?? 2 },
		});
		const sentByThen = emulator.requests().length;
		return { emulator, ended, sentByThen };
	};

	describe.each(['assign', 'reclaim'] as const)('%s', (operation) => {
		it.each(
			numbered.flatMap(([n, because, vector]) =>
				CONTINUING.map((onError): [number, string, string, Vector] => [
					n,
					because,
					onError,
					vector,
				]),
			),
		)('vector %i, %s, %s: the status is the truth', async (_, __, onError, vector) => {
			const { emulator, ended } = await run(operation, vector, onError as never);
			expect(ended.error).toBeUndefined();
			expectOneOutcomeEach(
				ended.outcomes,
				PUPILS.map((name) => [name]),
			);
			// Work that a hanging request does late, it has done by now.
			await pause(vector.tries.some(({ kind }) => kind === 'hang') ? 300 : 0);
			expectTruth(emulator, ended.outcomes, operation);
			for (const { username, status: said } of ended.outcomes) {
				if (operation === 'assign' || said !== 'failed') continue;
				// A failed reclaim leaves the user with the seat.
				expect(emulator.state.seat(PRODUCT, SKU, username)).toBeDefined();
			}
		});

		it.each(numbered)(
			'vector %i, %s: Stop tells what was done, and nothing is left running',
			async (_, __, vector) => {
				const { emulator, ended, sentByThen } = await run(operation, vector, 'stopWorkflow');
				await pause(vector.tries.some(({ kind }) => kind === 'hang') ? 300 : 20);
				expect(emulator.requests()).toHaveLength(sentByThen);
				// What is given up for its time has a test of its own below.
				const open = emulator
					.requests()
					.filter(({ endedMs, status: how }) => endedMs === undefined && how !== 'hung');
				expect(open).toEqual([]);
				if (ended.error === undefined) {
					expectOneOutcomeEach(
						ended.outcomes,
						PUPILS.map((name) => [name]),
					);
					expectTruth(emulator, ended.outcomes, operation);
					return;
				}
				const { data } = ended.error.context;
				expect(data?.outcomes.map(({ username }) => username)).toEqual(PUPILS);
				expectTruth(emulator, data!.outcomes, operation);
				const succeeded = data!.outcomes.filter(({ status: said }) => said === 'succeeded');
				expect(data?.seatsChanged).toBe(succeeded.filter(({ unchanged }) => !unchanged).length);
				expect(ended.error.message).toMatch(/CFQ7TTC0K5DR/);
				expect(ended.error.description).toMatch(/\S/);
				expect(ended.run.data.resultData.lastNodeExecuted).toBe(NODE);
			},
		);
	});

	it.each([
		['an assignment', { kind: 'hang', work: 'none' } as FaultEffect, 'bulkSeats' as const],
		['a look-up', { kind: 'hang', work: 'none' } as FaultEffect, 'getSeat' as const],
	])('%s that is given up for its time is ended, not left open', async (_, effect, operation) => {
		running = await startEmulator({
			users: PUPILS,
			quirks: { omitUsers: true },
			faults: [{ on: { operation }, effect }],
		});
		const { emulator, url } = running;
		await attack(engine, url, {
			rows: rowsOf(PUPILS.slice(0, 2)),
			onError: 'continueRegularOutput',
			options: { requestTimeout: 0.2, maxAttempts: 2 },
		});
		const isOpen = () =>
			emulator.requests(operation).filter(({ endedMs }) => endedMs === undefined);
		await until(() => isOpen().length === 0, 1_000);
		expect(isOpen()).toEqual([]);
	});

	it('no more requests are open at a time than Max Concurrency, also while they time out', async () => {
		const users = numberedUpns(40, { prefix: 'pupil', from: 100 });
		running = await startEmulator({
			users,
			faults: [{ on: { operation: 'bulkSeats' }, effect: hang('done') }],
		});
		const { emulator, url } = running;
		await attack(engine, url, {
			rows: rowsOf(users),
			onError: 'continueRegularOutput',
			options: { requestTimeout: 0.2, maxAttempts: 2, maxConcurrency: 2, batchSize: 5 },
		});
		expect(emulator.maxInFlight).toBeLessThanOrEqual(2);
	});

	it.each([
		['refused', status(403)],
		['hanging', hang('none')],
		['throttled for a day', { kind: 'status', status: 429, retryAfter: 86_400 } as FaultEffect],
	])(
		'Stop with other batches in flight, one of them %s: their outcomes are in the error',
		async (_, effect) => {
			const users = numberedUpns(200, { prefix: 'pupil', from: 100 });
			running = await startEmulator({
				users,
				latencyMs: 30,
				faults: [
					{ on: { operation: 'bulkSeats', nth: { from: 3 }, user: users[60] }, effect },
					{ on: { operation: 'bulkSeats', user: users[60] }, effect },
				],
			});
			const { emulator, url } = running;
			const { error } = await attack(engine, url, {
				rows: rowsOf(users),
				options: { maxAttempts: 1, requestTimeout: 0.4, maxConcurrency: 3 },
			});
			const sentByThen = emulator.requests().length;
			await until(() => emulator.requests().every(({ endedMs }) => endedMs !== undefined));
			await pause(100);
			expect(emulator.requests()).toHaveLength(sentByThen);
			expect(error?.context.data?.outcomes).toHaveLength(users.length);
			expectTruth(emulator, error!.context.data!.outcomes);
			expect(error!.context.data!.seatsChanged).toBe(
				emulator.state.holders(PRODUCT, SKU).length - 3,
			);
			expect(error!.context.data!.seatsChanged).toBeGreaterThanOrEqual(25);
		},
	);

	it('Retry On Fail over a run that stopped half-way changes nothing twice', async () => {
		const { emulator, url } = await start('assign', {
			faults: [{ on: { operation: 'bulkSeats', nth: 2 }, effect: status(403) }],
		});
		const options = { batchSize: 5 };
		const first = await attack(engine, url, { rows: rowsOf(PUPILS), options });
		expect(first.error?.context.data?.seatsChanged).toBe(5);
		const second = await attack(engine, url, { rows: rowsOf(PUPILS), options });
		expect(second.outcomes.map(({ status: said, unchanged }) => [said, unchanged])).toEqual([
			...Array.from({ length: 5 }, () => ['succeeded', true]),
			...Array.from({ length: 5 }, () => ['succeeded', undefined]),
		]);
		expect(
			emulator.state.findEntry(PRODUCT, SKU)?.seats.filter(({ user }) => PUPILS.includes(user.upn)),
		).toHaveLength(10);
	});
});
