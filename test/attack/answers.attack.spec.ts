import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { FaultEffect, RetryAfter } from '../../emulator/faults';
import type { QuirkSettings } from '../../emulator/quirks';
import { startEmulator, type RunningEmulator } from '../../emulator/server';
import { Engine } from '../../harness/engine';
import {
	attack,
	bulkRequests,
	CONTINUING,
	expectOneOutcomeEach,
	expectPathsInPlace,
	expectTruth,
	giveSeats,
	hurry,
	pause,
	PRODUCT,
	rowsOf,
	SKU,
} from '../support/attack';
import { gaveToken, hostileServer, json, type HostileServer } from '../support/hostileServer';

jest.setTimeout(30_000);

const USERS = ['ada@contoso.com', 'joan@contoso.com', 'alan@contoso.com'];
const KEY = { productId: PRODUCT, skuId: SKU };
const details = (names: readonly unknown[], more: object = {}) =>
	names.map((assignedTo) => ({
		assignedTo,
		dateAssigned: '2026-01-01T00:00:00Z',
		state: 'Active',
		productKey: KEY,
		...more,
	}));
const failures = (names: readonly unknown[], failureReason: unknown = 'No.') =>
	names.map((userName) => ({ userName, failureReason, productKey: KEY }));

interface Vector {
	readonly because: string;
	readonly body: unknown;
	readonly contentType?: string;
	readonly status?: number;
	/** Where the answer itself claims one of them, only that can be the case. */
	readonly work?: 'none' | 'done';
}

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}{}${'}'.repeat(levels)}`;
const whole = JSON.stringify({ seatDetails: details(USERS), failedSeatOperations: [] });

const BODIES: readonly Vector[] = [
	{ because: 'HTML', body: '<html><body>Sign in</body></html>', contentType: 'text/html' },
	{
		because: 'HTML that calls itself JSON',
		body: '<html></html>',
		contentType: 'application/json',
	},
	{ because: 'an empty body', body: '' },
	{ because: 'white space', body: ' \r\n ' },
	{ because: 'null', body: 'null', contentType: 'application/json' },
	{ because: 'an empty list', body: '[]', contentType: 'application/json' },
	{ because: 'a list of lists', body: '[[[]]]', contentType: 'application/json' },
	{ because: 'an empty object', body: '{}', contentType: 'application/json' },
	{ because: 'text', body: '"text"', contentType: 'application/json' },
	{ because: 'a number', body: '42', contentType: 'application/json' },
	{ because: 'a number past all bounds', body: '1e999', contentType: 'application/json' },
	{ because: 'true', body: 'true', contentType: 'application/json' },
	{ because: 'NaN, which is no JSON', body: 'NaN', contentType: 'application/json' },
	{ because: 'both lists absent', body: { other: 1 } },
	{ because: 'both lists null', body: { seatDetails: null, failedSeatOperations: null } },
	{ because: 'both lists empty', body: { seatDetails: [], failedSeatOperations: [] } },
	{
		because: 'lists of nulls',
		body: { seatDetails: [null, null, null], failedSeatOperations: [null] },
	},
	{ because: 'lists of lists', body: { seatDetails: [[], [[]]], failedSeatOperations: [[]] } },
	{ because: 'lists of texts', body: { seatDetails: USERS, failedSeatOperations: USERS } },
	{ because: 'lists of numbers', body: { seatDetails: [1, 2, 3], failedSeatOperations: [4] } },
	{
		because: 'objects in place of lists',
		body: { seatDetails: { 0: details(USERS)[0] }, failedSeatOperations: {} },
	},
	{
		because: 'text in place of lists',
		body: { seatDetails: 'Succeeded', failedSeatOperations: '' },
	},
	{ because: 'true in place of lists', body: { seatDetails: true, failedSeatOperations: false } },
	{
		because: 'user names that are objects',
		body: { seatDetails: details([{}, { upn: USERS[0] }]), failedSeatOperations: failures([{}]) },
	},
	{
		because: 'user names that are lists',
		body: { seatDetails: details([[USERS[0]], []]), failedSeatOperations: failures([[USERS[1]]]) },
	},
	{
		because: 'user names that are numbers and booleans',
		body: { seatDetails: details([0, 1, true, false]), failedSeatOperations: failures([7]) },
	},
	{
		because: 'user names that are null or empty',
		body: {
			seatDetails: details([null, '', ' ']),
			failedSeatOperations: failures([null, '', ' ']),
		},
	},
	{
		because: 'states of every wrong type',
		body: {
			seatDetails: [
				...details([USERS[0]], { state: 7 }),
				...details([USERS[1]], { state: {} }),
				...details([USERS[2]], { state: ['Active'] }),
			],
		},
		work: 'done',
	},
	{
		because: 'states that nobody knows',
		body: { seatDetails: details(USERS, { state: 'Pending' }) },
	},
	{ because: 'the opposite state', body: { seatDetails: details(USERS, { state: 'Revoked' }) } },
	{
		because: 'dates of wrong types',
		body: { seatDetails: details(USERS, { dateAssigned: { $date: 1 } }) },
		work: 'done',
	},
	{
		because: 'dates that are none',
		body: { seatDetails: details(USERS, { dateAssigned: 'yesterday' }) },
		work: 'done',
	},
	{
		because: 'keys of wrong types',
		body: { seatDetails: details(USERS, { productKey: 'CFQ7' }) },
		work: 'done',
	},
	{
		because: 'keys that are null',
		body: { seatDetails: details(USERS, { productKey: null }) },
		work: 'done',
	},
	{
		because: 'the key of another product',
		body: {
			seatDetails: details(USERS, { productKey: { productId: '9P0000000001', skuId: '0001' } }),
		},
	},
	{
		because: 'refusals with the key of another product',
		body: {
			failedSeatOperations: failures(USERS).map((one) => ({
				...one,
				productKey: { productId: '9P0000000001', skuId: '0001' },
			})),
		},
	},
	{
		because: 'reasons that are objects',
		body: { failedSeatOperations: failures(USERS, { code: 1 }) },
	},
	{ because: 'reasons that are null', body: { failedSeatOperations: failures(USERS, null) } },
	{ because: 'reasons that are empty', body: { failedSeatOperations: failures(USERS, '') } },
	{ because: 'reasons that are numbers', body: { failedSeatOperations: failures(USERS, -1) } },
	{
		because: 'the reason that everything is all right',
		body: { failedSeatOperations: failures(USERS, 'Success') },
	},
	{
		because: 'the reason that they had one already, untrue or not',
		body: {
			failedSeatOperations: failures(USERS, 'The user already has a seat for this product.'),
		},
	},
	{
		because: 'the reason that there is none, untrue or not',
		body: {
			failedSeatOperations: failures(USERS, 'The user does not have a seat for this product.'),
		},
	},
	{
		because: 'the reason that no seats are left, untrue or not',
		body: { failedSeatOperations: failures(USERS, 'There are no seats available.') },
	},
	{
		because: 'an HTML page as a reason',
		body: { failedSeatOperations: failures(USERS, '<script>alert(1)</script>') },
	},
	{
		because: 'every user a hundred times',
		body: { seatDetails: Array.from({ length: 100 }, () => details(USERS)).flat() },
		work: 'done',
	},
	{
		because: 'every user refused a hundred times',
		body: { failedSeatOperations: Array.from({ length: 100 }, () => failures(USERS)).flat() },
	},
	{
		because: 'nobody but strangers',
		body: {
			seatDetails: details(['x@evil.example', 'y@evil.example']),
			failedSeatOperations: failures(['z@evil.example']),
		},
	},
	{
		because: 'twenty thousand strangers',
		body: { seatDetails: details(Array.from({ length: 20_000 }, (_, n) => `s${n}@x`)) },
	},
	{
		because: 'everybody in both lists',
		body: { seatDetails: details(USERS), failedSeatOperations: failures(USERS) },
	},
	{
		because: 'everybody Active and Revoked',
		body: { seatDetails: [...details(USERS), ...details(USERS, { state: 'Revoked' })] },
	},
	{
		because: 'everybody by object ids nobody asked for',
		body: {
			seatDetails: details([
				'8c0f0000-1111-4222-8333-444455556666',
				'{8C0F0000-1111-4222-8333-444455556667}',
			]),
		},
	},
	{ because: 'names in braces', body: { seatDetails: details(USERS.map((name) => `{${name}}`)) } },
	{
		because: 'names with a domain of another tenant',
		body: { seatDetails: details(USERS.map((name) => name.replace('@', '@evil.'))) },
	},
	{
		because: 'names that only begin alike',
		body: { seatDetails: details(USERS.map((name) => `${name}.evil.example`)) },
	},
	{
		because: 'an error in a 200',
		body: { error: { code: 'InternalError', message: 'It went wrong.' } },
	},
	{ because: 'a token answer', body: { access_token: 'x'.repeat(40), token_type: 'Bearer' } },
	{
		because: '__proto__ as a key',
		body: '{"__proto__":{"seatDetails":[],"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
		contentType: 'application/json',
	},
	{
		because: '__proto__ as a user',
		body: `{"seatDetails":[{"__proto__":{"assignedTo":"ada@contoso.com","state":"Active","polluted":1}}]}`,
		contentType: 'application/json',
	},
	{
		because: 'the same key in two casings',
		body: '{"seatDetails":null,"SeatDetails":[],"SEATDETAILS":"x","failedSeatOperations":[]}',
		contentType: 'application/json',
	},
	{
		because: 'a byte order mark',
		body: `\ufeff${whole}`,
		contentType: 'application/json',
		work: 'done',
	},
	{
		because: 'two byte order marks',
		body: `\ufeff\ufeff${whole}`,
		contentType: 'application/json',
		work: 'done',
	},
	{ because: 'the content type of an image', body: whole, contentType: 'image/png', work: 'done' },
	{ because: 'the content type of a page', body: whole, contentType: 'text/html', work: 'done' },
	{ because: 'a content type that is none', body: whole, contentType: '/', work: 'done' },
	{
		because: 'a character set that nobody has',
		body: whole,
		contentType: 'application/json; charset=utf-99',
		work: 'done',
	},
	{
		because: 'JSON cut off',
		body: whole.slice(0, whole.length / 2),
		contentType: 'application/json',
		work: 'done',
	},
	{
		because: 'JSON cut off before the last brace',
		body: whole.slice(0, -1),
		contentType: 'application/json',
		work: 'done',
	},
	{ because: 'JSON twice', body: whole + whole, contentType: 'application/json', work: 'done' },
	{
		because: 'JSONP',
		body: `callback(${whole})`,
		contentType: 'application/javascript',
		work: 'done',
	},
	{
		because: 'JSON inside JSON text',
		body: JSON.stringify(whole),
		contentType: 'application/json',
		work: 'done',
	},
	{
		because: 'one object a line',
		body: `${whole}\n${whole}\n`,
		contentType: 'application/x-ndjson',
		work: 'done',
	},
	{ because: '5,000 levels', body: nested(5_000), contentType: 'application/json' },
	{ because: '50,000 levels', body: nested(50_000), contentType: 'application/json' },
	{
		because: 'a list 50,000 levels deep',
		body: `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
		contentType: 'application/json',
	},
	{
		because: 'levels inside a field',
		body: `{"seatDetails":[{"assignedTo":${nested(20_000)}}]}`,
		contentType: 'application/json',
	},
	{ because: '204', body: '', status: 204 },
	{ because: '202', body: { status: 'accepted' }, status: 202 },
	{ because: '205', body: '', status: 205 },
	{ because: '206 with a part of the text', body: whole.slice(0, 60), status: 206, work: 'done' },
	{
		because: '206 with one user',
		body: { seatDetails: details([USERS[0]]) },
		status: 206,
		work: 'done',
	},
	{ because: '304', body: '', status: 304 },
	{ because: '402', body: 'Payment required', status: 402 },
	{ because: '405', body: '', status: 405 },
	{ because: '410', body: '', status: 410 },
	{ because: '418', body: "I'm a teapot", status: 418 },
	{ because: '428', body: '', status: 428 },
	{ because: '431', body: '', status: 431 },
	{
		because: '451',
		body: '<html><title>Unavailable For Legal Reasons</title></html>',
		status: 451,
	},
	{ because: '501', body: '', status: 501 },
	{ because: '599', body: '', status: 599 },
	{ because: '600', body: '', status: 600 },
	{ because: '999', body: 'Request denied', status: 999 },
	{
		because: '400 with HTML',
		body: '<html><title>Bad Request</title><script>x</script></html>',
		contentType: 'text/html',
		status: 400,
	},
	{ because: '400 with null', body: 'null', contentType: 'application/json', status: 400 },
	{
		because: '400 with a list',
		body: '[{"message":"x"}]',
		contentType: 'application/json',
		status: 400,
	},
	{
		because: '400 with wrong types',
		body: { code: {}, message: [], error: 'x', data: 7, details: null, innererror: true },
		status: 400,
	},
	{
		because: '400 with __proto__',
		body: '{"__proto__":{"message":"x","polluted":1}}',
		contentType: 'application/json',
		status: 400,
	},
	{
		because: '400, 50,000 levels',
		body: nested(50_000),
		contentType: 'application/json',
		status: 400,
	},
	{
		because: '403, 50,000 levels',
		body: nested(50_000),
		contentType: 'application/json',
		status: 403,
	},
	{
		because: '500, 50,000 levels',
		body: nested(50_000),
		contentType: 'application/json',
		status: 500,
	},
	{
		because: '500, errors inside errors',
		body: `${'{"error":'.repeat(50_000)}{}${'}'.repeat(50_000)}`,
		contentType: 'application/json',
		status: 500,
	},
	{
		because: '404 with a body that names a folder',
		body: { itemType: 'Folder', data: { itemType: {} } },
		status: 404,
	},
	{ because: '401 with nothing to renew', body: '', status: 401 },
	{ because: '401 with HTML', body: '<html><title>Sign in</title></html>', status: 401 },
];

const numbered = BODIES.map((vector, index): [number, string, Vector] => [
	index + 1,
	vector.because,
	vector,
]);

describe('answers that no Store should give', () => {
	let engine: Engine;
	let running: RunningEmulator;
	const prototypeBefore = Object.getOwnPropertyNames(Object.prototype).sort();

	beforeAll(async () => {
		engine = await Engine.start();
		await hurry(engine);
	});
	afterEach(async () => {
		await running?.close();
		expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(prototypeBefore);
	});

	const start = async (faults: readonly FaultEffect[], quirks?: QuirkSettings, times?: number) => {
		running = await startEmulator({
			users: USERS,
			quirks,
			faults: faults.map((effect) => ({ on: { operation: 'bulkSeats' }, times, effect })),
		});
		return running;
	};

	const expectUnharmed = async (
		effect: FaultEffect,
		onError: (typeof CONTINUING)[number],
		times?: number,
	) => {
		const { emulator, url, close } = await start([effect], {}, times);
		const { outcomes, error } = await attack(engine, url, {
			rows: rowsOf(USERS),
			onError,
			options: { maxAttempts: 2, requestTimeout: 5 },
		});
		expect(error).toBeUndefined();
		expectOneOutcomeEach(
			outcomes,
			USERS.map((name) => [name]),
		);
		expectTruth(emulator, outcomes);
		expectPathsInPlace(
			emulator,
			/^\/V1\/Inventory(\/CFQ7TTC0K5DR\/0002\/Seats(\/[^/?#]+)?)?(\?(?:continuationToken=[^&]*&)?maxResults=\d+)?$/,
		);
		for (const outcome of outcomes) {
			expect(outcome.failureReason?.length ?? 0).toBeLessThan(2_000);
			expect(outcome.failureReason ?? '').not.toMatch(/call stack|undefined|\[object|cannot read/i);
		}
		await close();
		return outcomes;
	};

	it.each(numbered)('vector %i, %s: one true outcome a seat', async (_, __, vector) => {
		const { body, contentType, status } = vector;
		for (const work of vector.work === undefined ? (['none', 'done'] as const) : [vector.work]) {
			// A refusal is taken at its word: a service that refuses and works all the same cannot be helped.
			if (work === 'done' && status !== undefined && status >= 300 && status < 500) continue;
			const effect: FaultEffect = { kind: 'replace', body, contentType, status, work };
			await expectUnharmed(effect, 'continueRegularOutput');
			await expectUnharmed(effect, 'continueErrorOutput', 1);
		}
	});

	it.each(numbered)('vector %i, %s, to a look-up: never a guess', async (_, __, vector) => {
		const { body, contentType, status } = vector;
		for (const operation of ['assign', 'reclaim'] as const) {
			for (const done of [true, false]) {
				running = await startEmulator({
					users: USERS,
					quirks: done ? { omitUsers: true } : { omitUndone: true },
					faults: [
						{
							on: { operation: ['getSeat', 'getSeats'] },
							effect: { kind: 'replace', body, contentType, status },
						},
					],
				});
				const { emulator, url, close } = running;
				if (operation === 'reclaim') giveSeats(emulator, USERS);
				const { outcomes, error } = await attack(engine, url, {
					operation,
					rows: rowsOf(USERS),
					onError: 'continueRegularOutput',
				});
				expect(error).toBeUndefined();
				expectOneOutcomeEach(
					outcomes,
					USERS.map((name) => [name]),
				);
				expectTruth(emulator, outcomes, operation);
				for (const { username, status: said } of outcomes) {
					if (operation === 'reclaim' && said === 'failed') {
						expect(emulator.state.seat(PRODUCT, SKU, username)).toBeDefined();
					}
				}
				await close();
			}
		}
	});

	describe('size', () => {
		const heapAfterCollection = (): number => {
			setFlagsFromString('--expose-gc');
			(runInNewContext('gc') as () => void)();
			return process.memoryUsage().heapUsed;
		};
		const megabytes = (count: number) => 'x'.repeat(count * 1024 * 1024);

		it.each<[string, FaultEffect]>([
			['an answer of 50 MB', { kind: 'huge', megabytes: 50 }],
			['a page of 50 MB', { kind: 'replace', body: megabytes(50), work: 'done' }],
			['a refusal of 50 MB', { kind: 'replace', body: megabytes(50), status: 403 }],
			[
				'a page of 50 MB with 500',
				{ kind: 'replace', body: `<html>${megabytes(50)}`, status: 500 },
			],
			[
				'a refusal with a message of 20 MB',
				{ kind: 'replace', body: { message: megabytes(20) }, status: 403 },
			],
			[
				'a reason of 5 MB for each name',
				{ kind: 'replace', body: { failedSeatOperations: failures(USERS, megabytes(5)) } },
			],
			[
				'a state of 5 MB',
				{ kind: 'replace', body: { seatDetails: details(USERS, { state: megabytes(5) }) } },
			],
			['an answer nested 5,000 deep', { kind: 'deep', levels: 5_000 }],
		])('%s leaves nothing behind in items or memory', async (_, effect) => {
			// The first run brings what stays for good: code, and the text of the vector itself.
			await expectUnharmed(effect, 'continueRegularOutput');
			const before = heapAfterCollection();
			const outcomes = await expectUnharmed(effect, 'continueRegularOutput');
			expect(JSON.stringify(outcomes).length).toBeLessThan(20_000);
			expect(heapAfterCollection() - before).toBeLessThan(10 * 1024 * 1024);
		});

		it.each<[string, string]>([
			['"no" again and again', 'no '.repeat(30_000)],
			['"seat" again and again', 'seat '.repeat(30_000)],
			['"user" and "not" by turns', 'user not '.repeat(20_000)],
			['brackets of mark-up', '<'.repeat(300_000)],
		])('a reason that is %s costs no time worth mentioning', async (_, reason) => {
			for (const operation of ['assign', 'reclaim'] as const) {
				const { url, close } = await start([
					{ kind: 'replace', body: { failedSeatOperations: failures(USERS.slice(0, 1), reason) } },
				]);
				const before = process.cpuUsage();
				const { outcomes } = await attack(engine, url, {
					operation,
					rows: rowsOf(USERS.slice(0, 1)),
					onError: 'continueRegularOutput',
				});
				const { user } = process.cpuUsage(before);
				expect(outcomes).toHaveLength(1);
				// CPU time, not the clock on the wall: a search that goes over the text again and again takes minutes.
				expect(user / 1e6).toBeLessThan(1);
				await close();
			}
		});

		it.each<[string, unknown]>([
			['mark-up that never closes', '<title'.repeat(3_000) + '<script>'.repeat(3_000)],
			['errors within errors, twelve each', tree(4)],
			['a million opening brackets', '<'.repeat(1_000_000)],
		])('a refusal that is %s costs no time worth mentioning', async (_, body) => {
			const { url, close } = await start([{ kind: 'replace', body, status: 403 }]);
			const before = process.cpuUsage();
			const { outcomes } = await attack(engine, url, {
				rows: rowsOf(USERS),
				onError: 'continueRegularOutput',
			});
			expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3);
			expectOneOutcomeEach(
				outcomes,
				USERS.map((name) => [name]),
			);
			await close();
		});
	});

	describe('redirects', () => {
		let witness: HostileServer;
		beforeEach(async () => {
			witness = await hostileServer();
		});
		afterEach(async () => await witness.close());

		const PLACES = [
			(to: HostileServer) => `${to.url}/V1/Inventory/${PRODUCT}/${SKU}/Seats`,
			(to: HostileServer) => `//127.0.0.1:${to.port}/`,
			(to: HostileServer) => `http:127.0.0.1:${to.port}/`,
			(to: HostileServer) => `http://user:password@127.0.0.1:${to.port}/`,
		];

		it.each(
			[300, 301, 302, 303, 305, 307, 308].flatMap((status) =>
				PLACES.map((place, n): [number, number, (to: HostileServer) => string] => [
					status,
					n + 1,
					place,
				]),
			),
		)('%i to place %i: nothing arrives there, above all no token', async (status, _, place) => {
			const location = place(witness);
			for (const operation of ['bulkSeats', 'getSeat'] as const) {
				running = await startEmulator({
					users: USERS,
					quirks: { omitUsers: true },
					faults: [{ on: { operation }, effect: { kind: 'redirect', status, location } }],
				});
				const { emulator, url, close } = running;
				const { outcomes } = await attack(engine, url, {
					rows: rowsOf(USERS.slice(0, 2)),
					onError: 'continueRegularOutput',
				});
				expect(witness.heard).toEqual([]);
				expectOneOutcomeEach(
					outcomes,
					USERS.slice(0, 2).map((name) => [name]),
				);
				expectTruth(emulator, outcomes);
				if (operation === 'bulkSeats') {
					expect(outcomes[0]).toMatchObject({ status: 'failed', httpStatus: status });
					expect(outcomes[0].failureReason).toMatch(/redirect/);
				}
				expect(JSON.stringify(outcomes)).not.toContain('password');
				await close();
			}
		});

		it('Stop says that a redirect is not followed and where to look', async () => {
			running = await startEmulator({
				users: USERS,
				faults: [
					{ on: { operation: 'bulkSeats' }, effect: { kind: 'redirect', location: witness.url } },
				],
			});
			const { error } = await attack(engine, running.url, { rows: rowsOf(USERS) });
			expect(witness.heard).toEqual([]);
			expect(error?.message).toMatch(/redirect.*Base URL/);
		});
	});

	describe('Retry-After', () => {
		const WAITS: ReadonlyArray<[string, RetryAfter, 'served' | 'givenUp']> = [
			['a negative number', '-5', 'served'],
			['a word', 'soon', 'served'],
			['nothing', '', 'served'],
			['a number with an exponent', '1e3', 'served'],
			['a hexadecimal number', '0x10', 'served'],
			['two numbers', '1, 2', 'served'],
			['a number and a unit', '5s', 'served'],
			['a date in the past', 'Mon, 01 Jan 2001 00:00:00 GMT', 'served'],
			['a date that is none', 'Mon, 99 Jan 2001 99:00:00 GMT', 'served'],
			['zero', '0', 'served'],
			['a fraction', '0.5', 'served'],
			['a day', 86_400, 'givenUp'],
			['a date next year', { date: true, seconds: 31_536_000 }, 'givenUp'],
			['more than a timer can count', '99999999999', 'givenUp'],
			['more than a number can hold', '9'.repeat(400), 'givenUp'],
		];

		it.each(
			[429, 503].flatMap((status) =>
				WAITS.map(
					(
						[because, retryAfter, then],
						n,
					): [number, number, string, RetryAfter, 'served' | 'givenUp'] => [
						status,
						n + 1,
						because,
						retryAfter,
						then,
					],
				),
			),
		)('%i, vector %i, %s', async (status, _, __, retryAfter, then) => {
			const { emulator, url } = await start([{ kind: 'status', status, retryAfter }], {}, 1);
			const { outcomes, error } = await attack(engine, url, {
				rows: rowsOf(USERS),
				onError: 'continueRegularOutput',
			});
			expect(error).toBeUndefined();
			expectTruth(emulator, outcomes);
			for (const outcome of outcomes) {
				expect(outcome.status).toBe(then === 'served' ? 'succeeded' : 'failed');
				expect(outcome.failureReason ?? '').not.toMatch(/Infinity|NaN/);
			}
		});

		const locator = (value: string) => ({ __rl: true, mode: 'id', value });
		const twoProducts = {
			rows: [
				...Array.from({ length: 8 }, () => ({ productId: PRODUCT, skuId: SKU })),
				...Array.from({ length: 8 }, () => ({ productId: '9WZDNCRFJ3Q2', skuId: '0010' })),
			].map((row, n) => ({ ...row, email: `u${n % 8}@contoso.com` })),
			parameters: {
				productId: locator('={{ $json.productId }}'),
				skuId: locator('={{ $json.skuId }}'),
			},
		};

		// No request may wait for a pause that the run itself has given up on.
		it.each([200, 400, 403, 404, 409, 413, 429, 500, 503])(
			'%i that asks for a pause of a year holds nobody up for a year',
			async (status) => {
				running = await startEmulator({
					users: Array.from({ length: 8 }, (_, n) => `u${n}@contoso.com`),
					faults: [
						{
							on: { operation: 'bulkSeats', productId: PRODUCT },
							times: 1,
							effect:
								status === 200
									? { kind: 'status', status, body: {}, headers: { 'retry-after': '31536000' } }
									: { kind: 'status', status, retryAfter: 31_536_000 },
						},
					],
				});
				const { emulator, url } = running;
				const ended = attack(engine, url, {
					...twoProducts,
					onError: 'continueRegularOutput',
					options: { batchSize: 2, maxConcurrency: 2, maxAttempts: 2 },
				});
				const first = await Promise.race([ended, pause(6_000)]);
				expect(first).toBeDefined();
				const { outcomes } = await ended;
				expectOneOutcomeEach(
					outcomes,
					twoProducts.rows.map(({ email }) => [email]),
				);
				expectTruth(emulator, outcomes);
			},
		);
	});

	it('an answer that drips in for ever is given up at the timeout', async () => {
		const left: number[] = [];
		const server = await hostileServer((heard, response) => {
			if (gaveToken(heard, response, 'dripping-token-0123456789')) return;
			let drips = 0;
			response.writeHead(200, { 'content-type': 'application/json' });
			const timer = setInterval(() => {
				response.write(' ');
				if (++drips === 40) response.end(JSON.stringify({ seatDetails: details(USERS) }));
			}, 100);
			response.on('close', () => {
				clearInterval(timer);
				left.push(drips);
			});
		});
		try {
			const { outcomes } = await attack(engine, server.url, {
				rows: rowsOf(USERS.slice(0, 1)),
				onError: 'continueRegularOutput',
				options: { requestTimeout: 0.3, maxAttempts: 1 },
			});
			await pause(50);
			expect(outcomes).toMatchObject([{ status: 'unknown' }]);
			// Counted in drips and not in seconds: at the timeout three of forty have come.
			for (const drips of left) expect(drips).toBeLessThan(30);
			expect(left.length).toBeGreaterThan(0);
		} finally {
			await server.close();
		}
	});

	it('a token endpoint that never answers does not hold the run for ever', async () => {
		running = await startEmulator({
			users: USERS,
			faults: [{ on: { operation: 'token' }, effect: { kind: 'hang', work: 'none' } }],
		});
		const ended = attack(engine, running.url, {
			rows: rowsOf(USERS),
			onError: 'continueRegularOutput',
			options: { requestTimeout: 0.3, maxAttempts: 2 },
		});
		const first = await Promise.race([ended, pause(6_000)]);
		await running.close();
		await ended;
		expect(first).toBeDefined();
	});

	it.each([
		['HTML', '<html><title>Sign in</title></html>', 'text/html', 200],
		['no token in it', '{"token_type":"Bearer"}', 'application/json', 200],
		['null', 'null', 'application/json', 200],
		['a list', '[]', 'application/json', 200],
		[
			'a token that is an object',
			'{"access_token":{},"token_type":"Bearer"}',
			'application/json',
			200,
		],
		['cut-off JSON', '{"access_token":"abc', 'application/json', 200],
		['403', '<html></html>', 'text/html', 403],
		['500', '', 'text/plain', 500],
	])(
		'a token endpoint that answers %s: every seat failed, nothing sent to the Store',
		async (_, body, contentType, status) => {
			running = await startEmulator({
				users: USERS,
				faults: [
					{ on: { operation: 'token' }, effect: { kind: 'replace', body, contentType, status } },
				],
			});
			const { emulator, url } = running;
			const { outcomes, error } = await attack(engine, url, {
				rows: rowsOf(USERS),
				onError: 'continueRegularOutput',
			});
			expect(error).toBeUndefined();
			expectOneOutcomeEach(
				outcomes,
				USERS.map((name) => [name]),
			);
			expectTruth(emulator, outcomes);
			for (const outcome of outcomes) expect(outcome.status).not.toBe('succeeded');
			expect(emulator.requests('token').length).toBeLessThanOrEqual(6);
			expect(bulkRequests(emulator).every(({ hadAuthorization }) => hadAuthorization)).toBe(true);
		},
	);

	it('an answer with thousands of headers or a header of 100 KB is survived', async () => {
		const server = await hostileServer((heard, response) => {
			if (gaveToken(heard, response, 'header-token-0123456789')) return;
			response.setHeader('x-long', 'x'.repeat(100_000));
			json(response, 200, { seatDetails: details(USERS) });
		});
		try {
			const { outcomes, error } = await attack(engine, server.url, {
				rows: rowsOf(USERS),
				onError: 'continueRegularOutput',
				options: { maxAttempts: 1 },
			});
			expect(error).toBeUndefined();
			expectOneOutcomeEach(
				outcomes,
				USERS.map((name) => [name]),
			);
		} finally {
			await server.close();
		}
	});
});

/** An error body in which every level has more under each name that is read. */
function tree(levels: number): unknown {
	let next = 0;
	const grow = (left: number): unknown => {
		const message = `message ${next++}`;
		if (left === 0) return { message };
		return {
			message,
			details: Array.from({ length: 10 }, () => grow(left - 1)),
			innererror: Array.from({ length: 2 }, () => grow(left - 1)),
		};
	};
	return grow(levels);
}
