import type { RateLimitOptions } from '../../emulator/rateLimit';
import { VirtualClock, emulate, names, settle } from './support';

const seats = '/V1/Inventory/APP/0001/Seats';

function emulateInTime(options: Parameters<typeof emulate>[0] = {}) {
	const clock = new VirtualClock();
	return { clock, ...emulate({ clock, ...options }) };
}

test('latency, and a client that leaves during it', async () => {
	const { clock, call, bulk, emulator } = emulateInTime({ latencyMs: 200 });
	const first = bulk('Assign', ['ada@contoso.com']);
	const gone = new AbortController();
	const body = { usernames: ['alan@contoso.com'], seatAction: 'Assign' };
	const second = call('POST', seats, body, gone.signal);
	await clock.advance(150);
	expect(emulator.state.holders('APP', '0001')).toEqual([]);
	gone.abort();
	await second;
	await clock.advance(50);
	expect((await first).status).toBe(200);
	expect(emulator.state.holders('APP', '0001')).toEqual(['ada@contoso.com']);
	const [one, two] = emulator.log;
	expect(one.endedMs! - one.startedMs).toBe(200);
	expect([one.inFlight, two.inFlight, emulator.maxInFlight]).toEqual([1, 2, 2]);
	expect([two.status, two.endedMs! - two.startedMs]).toEqual(['aborted', 150]);
});

test('a hung request does its work by the clock, whether the client is there or not', async () => {
	const { clock, call, emulator } = emulateInTime();
	emulator.faults.add({ effect: { kind: 'hang', work: { afterMs: 5000 } }, times: 1 });
	const gone = new AbortController();
	const body = { usernames: ['ada@contoso.com'], seatAction: 'Assign' };
	const hung = call('POST', seats, body, gone.signal);
	await clock.advance(1000);
	expect([emulator.log[0].status, emulator.log[0].endedMs]).toEqual(['hung', undefined]);
	gone.abort();
	await hung;
	expect(emulator.log[0].endedMs).toBe(clock.nowMs());
	expect(emulator.state.holders('APP', '0001')).toEqual([]);
	await clock.advance(4000);
	expect(emulator.state.holders('APP', '0001')).toEqual(['ada@contoso.com']);
});

test('a closed emulator lets go of what hangs', async () => {
	const { call, emulator } = emulateInTime({
		faults: [{ effect: { kind: 'hang', work: 'none' } }],
	});
	const hung = call('GET', '/V1/Inventory');
	await settle();
	emulator.close();
	expect((await hung).status).toBe(0);
});

test('work that is late does not reach the tenant of a reset', async () => {
	const { clock, bulk, emulator } = emulateInTime({ latencyMs: 100 });
	const late = bulk('Assign', ['ada@contoso.com']);
	await settle();
	emulator.reset();
	await clock.advance(100);
	await late;
	expect(emulator.state.holders('APP', '0001')).toEqual([]);
});

test('a late answer has its work done at once, a late request does not', async () => {
	const { clock, bulk, emulator } = emulateInTime({
		faults: [
			{ on: { nth: 1 }, effect: { kind: 'delay', ms: 300, of: 'answer' } },
			{ on: { nth: 2 }, effect: { kind: 'delay', ms: 300, of: 'request' } },
		],
	});
	const answers = [bulk('Assign', ['ada@contoso.com']), bulk('Assign', ['alan@contoso.com'])];
	await clock.advance(299);
	expect(emulator.state.holders('APP', '0001')).toEqual(['ada@contoso.com']);
	await clock.advance(1);
	expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
	expect(emulator.state.holders('APP', '0001')).toHaveLength(2);
});

test('reads lag behind', async () => {
	const { clock, bulk, call, emulator } = emulateInTime({ quirks: { readsLagMs: 2000 } });
	const seen = async () => {
		const list = await call('GET', seats);
		const seat = await call('GET', `${seats}/ada@contoso.com`);
		const ofUser = await call('GET', '/V1/Users/ada@contoso.com/Seats');
		const inventory = await call('GET', '/V1/Inventory');
		return [
			list.data.seats.length,
			seat.status,
			ofUser.data.seats.length,
			inventory.data.inventoryEntries[0].availableSeats,
		];
	};
	await bulk('Assign', ['ada@contoso.com']);
	expect(await seen()).toEqual([0, 404, 0, 3]);
	await clock.advance(2000);
	expect(await seen()).toEqual([1, 200, 1, 2]);
	await bulk('Reclaim', ['ada@contoso.com']);
	expect(emulator.state.holders('APP', '0001')).toEqual([]);
	expect(await seen()).toEqual([1, 200, 1, 2]);
	await clock.advance(2000);
	expect(await seen()).toEqual([0, 404, 0, 3]);
});

test('a user just created is unknown for a while', async () => {
	const { clock, bulk, emulator } = emulateInTime();
	emulator.state.addUser({ upn: 'new@contoso.com', knownFromMs: clock.nowMs() + 60_000 });
	await clock.advance(59_999);
	expect(names(await bulk('Assign', ['new@contoso.com'])).failed).toEqual(['new@contoso.com']);
	await clock.advance(1);
	expect(names(await bulk('Assign', ['new@contoso.com'])).assigned).toEqual(['new@contoso.com']);
});

test('tokens expire by the clock', async () => {
	const { clock, call, emulator } = emulateInTime({ tokenLifetimeSeconds: 60 });
	await clock.advance(59_999);
	expect((await call('GET', '/V1/Inventory')).status).toBe(200);
	await clock.advance(1);
	const { status, headers } = await call('GET', '/V1/Inventory');
	expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining('expired')]);
	expect(emulator.log.map(({ tokenState }) => tokenState)).toEqual(['valid', 'expired']);
});

describe('rate limit', () => {
	const limited = (rateLimit: RateLimitOptions) => {
		const context = emulateInTime({ rateLimit });
		const ask = async () => {
			const { status, headers } = await context.call('GET', '/V1/Inventory');
			return [status, headers['retry-after']];
		};
		return { ...context, ask };
	};

	test('a burst, then so many a second', async () => {
		const { ask, clock, emulator } = limited({ perSecond: 10, burst: 2 });
		expect([await ask(), await ask(), await ask()]).toEqual([
			[200, undefined],
			[200, undefined],
			[429, '1'],
		]);
		await clock.advance(99);
		expect(await ask()).toEqual([429, '1']);
		await clock.advance(1);
		expect(await ask()).toEqual([200, undefined]);
		await clock.advance(60_000);
		expect((await Promise.all([ask(), ask(), ask()])).map(([status]) => status)).toEqual([
			200, 200, 429,
		]);
		expect(emulator.log[2]).toMatchObject({ status: 429, retryAfterSeconds: 1 });
	});

	test('Retry-After as told, as a date, or missing; 503 on request', async () => {
		const fixed = limited({ perSecond: 1, retryAfterSeconds: 30, status: 503 });
		await fixed.ask();
		expect(await fixed.ask()).toEqual([503, '30']);
		const silent = limited({ perSecond: 1, retryAfterSeconds: null });
		await silent.ask();
		expect(await silent.ask()).toEqual([429, undefined]);
		const dated = limited({ perSecond: 0.25, retryAfterSeconds: 'date' });
		await dated.ask();
		await dated.clock.advance(500);
		const [, date] = await dated.ask();
		expect(date).toBe('Mon, 05 Jan 2026 08:00:04 GMT');
		expect(dated.emulator.log[1].retryAfterSeconds).toBe(3.5);
	});

	test('refused requests do no work; the token endpoint has no limit', async () => {
		const { bulk, call, emulator } = limited({ perSecond: 1 });
		await call('GET', '/V1/Inventory');
		expect((await bulk('Assign', ['ada@contoso.com'])).status).toBe(429);
		expect(emulator.state.holders('APP', '0001')).toEqual([]);
		expect((await call('POST', '/x/oauth2/token')).status).toBe(400);
		emulator.rateLimit = undefined;
		expect((await bulk('Assign', ['ada@contoso.com'])).status).toBe(200);
	});
});
