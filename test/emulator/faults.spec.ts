import { checkFaultRule, faultKinds } from '../../emulator/faults';
import type { FaultEffect } from '../../emulator/faults';
import { emulate, serve } from './support';

const seats = '/V1/Inventory/APP/0001/Seats';
const ada = { usernames: ['ada@contoso.com'], seatAction: 'Assign' };

describe('effects, over HTTP', () => {
	let running: Awaited<ReturnType<typeof serve>>;
	beforeEach(async () => {
		running = await serve();
	});
	afterEach(() => running.close());

	const meet = (effect: FaultEffect, signal?: AbortSignal) => {
		running.emulator.faults.add({ times: 1, effect });
		return running.http.post(seats, ada, { signal }).catch((error: Error & { code?: string }) => ({
			status: error.code,
			data: undefined,
			headers: {} as Record<string, string>,
		}));
	};
	/** A client that loses patience as soon as the emulator has begun with its request. */
	const meetAndLeave = async (effect: FaultEffect) => {
		const gone = new AbortController();
		running.emulator.once('asked', () => setImmediate(() => gone.abort()));
		const ended = new Promise((resolve) => running.emulator.once('answered', resolve));
		const { status } = await meet(effect, gone.signal);
		expect(status).toBe('ERR_CANCELED');
		await ended;
	};
	const isAssigned = () => running.emulator.state.holders('APP', '0001').length === 1;

	test('status', async () => {
		const refused = await meet({ kind: 'status', status: 503, retryAfter: 7 });
		expect([refused.status, refused.headers['retry-after']]).toEqual([503, '7']);
		expect(isAssigned()).toBe(false);
		const own = await meet({
			kind: 'status',
			status: 500,
			body: 'sorry',
			headers: { 'x-more': '1' },
			work: 'done',
		});
		expect([own.status, own.data, own.headers['x-more']]).toEqual([500, 'sorry', '1']);
		expect(isAssigned()).toBe(true);
	});

	test('status with a date or nonsense to retry after', async () => {
		const retryAfter = { date: true as const, seconds: 5 };
		const dated = await meet({ kind: 'status', status: 429, retryAfter });
		expect(dated.headers['retry-after']).toMatch(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/);
		const odd = await meet({ kind: 'status', status: 429, retryAfter: 'soon' });
		expect(odd.headers['retry-after']).toBe('soon');
		const [first, second] = running.emulator.log;
		expect(first.retryAfterSeconds).toBeGreaterThanOrEqual(5);
		expect(second.retryAfterSeconds).toBeUndefined();
	});

	test('delay', async () => {
		expect((await meet({ kind: 'delay', ms: 5, of: 'request' })).status).toBe(200);
		expect((await meet({ kind: 'delay', ms: 5, of: 'answer' })).status).toBe(200);
	});

	test('a client that leaves before the work has had none done', async () => {
		await meetAndLeave({ kind: 'delay', ms: 60_000, of: 'request' });
		expect(running.emulator.log[0].status).toBe('aborted');
		expect(isAssigned()).toBe(false);
	});

	test('hang', async () => {
		await meetAndLeave({ kind: 'hang', work: 'none' });
		expect(isAssigned()).toBe(false);
		await meetAndLeave({ kind: 'hang', work: 'done' });
		expect(isAssigned()).toBe(true);
		expect(running.emulator.log.map(({ status }) => status)).toEqual(['hung', 'hung']);
	});

	test('cut', async () => {
		expect((await meet({ kind: 'cut', at: 'beforeWork' })).status).toBe('ECONNRESET');
		expect(isAssigned()).toBe(false);
		expect((await meet({ kind: 'cut', at: 'afterWork' })).status).toBe('ECONNRESET');
		expect(isAssigned()).toBe(true);
		expect(running.emulator.log.map(({ status }) => status)).toEqual(['cut', 'cut']);
	});

	test('cut half-way through the body', async () => {
		const broken = await meet({ kind: 'cut', at: 'midBody' });
		expect(broken.status).toMatch(/^(ECONNRESET|ERR_BAD_RESPONSE|ECONNABORTED)$/);
		expect(isAssigned()).toBe(true);
	});

	test('truncate', async () => {
		const { status, data, headers } = await meet({ kind: 'truncate' });
		expect(status).toBe(200);
		expect(data).toMatch(/^\{"seatDetails"/);
		expect(() => JSON.parse(data)).toThrow();
		expect(Number(headers['content-length'])).toBe(data.length);
		expect(isAssigned()).toBe(true);
	});

	test('html', async () => {
		const { status, data, headers } = await meet({ kind: 'html' });
		expect([status, headers['content-type']]).toEqual([502, 'text/html; charset=utf-8']);
		expect(data).toContain('<html>');
		expect(isAssigned()).toBe(true);
	});

	test('replace', async () => {
		expect(await meet({ kind: 'replace', body: [1, 'two'] })).toMatchObject({
			status: 200,
			data: [1, 'two'],
		});
		expect(isAssigned()).toBe(false);
		const replaced = await meet({
			kind: 'replace',
			body: 'null',
			contentType: 'application/json',
			status: 201,
			work: 'done',
		});
		expect([replaced.status, replaced.data]).toEqual([201, null]);
		expect(isAssigned()).toBe(true);
	});

	test('redirect', async () => {
		const { status, headers } = await meet({ kind: 'redirect', location: 'http://127.0.0.1:9/' });
		expect([status, headers.location]).toEqual([302, 'http://127.0.0.1:9/']);
		expect(isAssigned()).toBe(false);
	});

	test('expireTokens', async () => {
		const { status, headers } = await meet({ kind: 'expireTokens' });
		expect(status).toBe(401);
		expect(headers['www-authenticate']).toContain('expired');
		expect(isAssigned()).toBe(false);
	});

	test('huge', async () => {
		const { data, headers } = await meet({ kind: 'huge', megabytes: 2 });
		expect(Number(headers['content-length'])).toBeGreaterThan(2 * 1024 * 1024);
		expect(data.seatDetails).toHaveLength(1);
	});

	test('deep', async () => {
		const { data } = await meet({ kind: 'deep', levels: 5000 });
		let depth = 0;
		for (let level = data.nested; level.a; level = level.a) depth++;
		expect(depth).toBe(5000);
		expect(data.seatDetails).toHaveLength(1);
	});
});

describe('conditions', () => {
	const teapot: FaultEffect = { kind: 'status', status: 418 };

	test('operation, product, SKU and user, in any casing', async () => {
		const { emulator, bulk, call } = emulate();
		emulator.faults.add({
			on: {
				operation: ['bulkSeats', 'getSeat'],
				productId: 'app',
				skuId: '0001',
				user: 'ADA@contoso.com',
			},
			effect: teapot,
		});
		expect((await bulk('Assign', ['alan@contoso.com', 'ada@contoso.com'])).status).toBe(418);
		expect((await call('GET', `${seats}/ada%40contoso.com`)).status).toBe(418);
		expect((await bulk('Assign', ['alan@contoso.com'])).status).toBe(200);
		expect((await bulk('Assign', ['ada@contoso.com'], 'APP/0002')).status).toBe(200);
		expect((await call('POST', `${seats}/ada@contoso.com`)).status).toBe(200);
	});

	test('nth, counted whatever other rules do', async () => {
		const { emulator, call } = emulate();
		emulator.faults.add(
			{ on: { nth: 1 }, effect: teapot },
			{ on: { nth: [2, 4] }, effect: { kind: 'status', status: 500 } },
			{ on: { nth: { from: 6 } }, effect: { kind: 'status', status: 503 } },
		);
		const statuses = [];
		for (let n = 0; n < 7; n++) statuses.push((await call('GET', '/V1/Inventory')).status);
		expect(statuses).toEqual([418, 500, 200, 500, 200, 503, 503]);
	});

	test('times, probability and removal', async () => {
		const draws = [0.1, 0.9];
		const { emulator, call } = emulate({ random: () => draws.shift() ?? 0.99 });
		draws.splice(0, draws.length, 0.1, 0.9);
		emulator.faults.add({ on: { probability: 0.5 }, times: 2, effect: teapot });
		const status = async () => (await call('GET', '/V1/Inventory')).status;
		expect([await status(), await status(), await status()]).toEqual([418, 200, 200]);
		const remove = emulator.faults.add({ effect: { kind: 'status', status: 500 } });
		expect(await status()).toBe(500);
		remove();
		expect(await status()).toBe(200);
		const rule = { effect: teapot };
		emulator.faults.add(rule);
		emulator.faults.remove(rule);
		expect(emulator.faults.rules).toHaveLength(1);
	});

	test('the token endpoint is spared unless it is named', async () => {
		const { emulator, call } = emulate({ faults: [{ effect: teapot }] });
		expect((await call('POST', '/x/oauth2/token')).status).toBe(400);
		emulator.faults.add({ on: { operation: 'token' }, effect: { kind: 'status', status: 500 } });
		expect((await call('POST', '/x/oauth2/token')).status).toBe(500);
	});
});

test('rules from outside are checked', () => {
	expect(faultKinds).toHaveLength(11);
	expect(() => checkFaultRule({})).toThrow('A fault rule has an effect with a kind.');
	expect(() => checkFaultRule({ effect: { kind: 'boom' } })).toThrow('There is no fault "boom".');
	expect(() => checkFaultRule({ effect: { kind: 'delay', ms: 1 } })).toThrow('cannot have of');
	const misnamed = { on: { operation: 'bulk' }, effect: { kind: 'truncate' } };
	expect(() => checkFaultRule(misnamed)).toThrow('There is no operation "bulk".');
});
