import { errorOf } from '../../harness/engine';
import { jsonOf, PRODUCT, pupil, pupils, SKU } from '../support/store';
import { VirtualBench } from '../support/virtualNode';

let bench: VirtualBench;

beforeAll(async () => {
	bench = await VirtualBench.start();
});

const statusesOf = (items: ReturnType<typeof jsonOf>) =>
	items.reduce<Record<string, number>>((counts, { status, unchanged }) => {
		const key = unchanged === true ? 'unchanged' : String(status);
		return { ...counts, [key]: (counts[key] ?? 0) + 1 };
	}, {});

describe('a seat that is right already', () => {
	it.each(['assign', 'reclaim'] as const)(
		'%s of 400: looked up in the list, not one by one',
		async (operation) => {
			const store = bench.store();
			if (operation === 'assign') await bench.change(store, pupils(400));
			store.emulator.clearLog();
			const run = await bench.change(store, pupils(400), { operation });
			expect(statusesOf(jsonOf(run))).toEqual({ unchanged: 400 });
			expect(store.emulator.requests('getSeat')).toEqual([]);
			expect(store.emulator.requests('getSeats').length).toBeLessThanOrEqual(5);
		},
	);

	it('among 25 is looked up alone', async () => {
		const store = bench.store();
		await bench.change(store, [pupil(3)]);
		store.emulator.clearLog();
		const run = await bench.change(store, pupils(25));
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 24, unchanged: 1 });
		expect(store.emulator.requests('getSeat').map(({ usernames }) => usernames)).toEqual([
			[pupil(3)],
		]);
	});
});

describe('a request without an answer', () => {
	it('that was carried out is settled by asking again: the seats succeeded, and are not called unchanged', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 1 },
			effect: { kind: 'cut', at: 'afterWork' },
		});
		const run = await bench.change(store, pupils(10));
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 10 });
	});

	it('is unknown, not failed, while it may still be carried out', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'hang', work: { afterMs: 600_000 } },
		});
		const run = await bench.change(store, pupils(3), {
			options: { requestTimeout: 5, maxAttempts: 2 },
			node: { onError: 'continueRegularOutput' },
		});
		const items = jsonOf(run);
		expect(statusesOf(items)).toEqual({ unknown: 3 });
		expect(items[0].failureReason).toBe(
			'The Store did not answer in time. Given up after 2 tries. A look-up shows no change so far. Run the workflow again: a seat that is right already is left as it is.',
		);
		await store.clock.drain();
		expect(store.emulator.state.holders(PRODUCT, SKU)).toEqual(expect.arrayContaining(pupils(3)));
	});

	it('that never reached the service is failed', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'status', status: 503 },
		});
		const run = await bench.change(store, pupils(3), {
			options: { maxAttempts: 2 },
			node: { onError: 'continueRegularOutput' },
		});
		const [{ status, httpStatus, failureReason }] = jsonOf(run);
		expect([status, httpStatus]).toEqual(['failed', 503]);
		expect(failureReason).toContain('Given up after 2 tries');
	});

	it('ends the run when it happens again and again, and says so for the rest', async () => {
		const store = bench.store();
		store.emulator.faults.add({ effect: { kind: 'hang', work: 'none' } });
		const run = await bench.change(store, pupils(2000), {
			options: { requestTimeout: 5, maxAttempts: 2 },
			node: { onError: 'continueRegularOutput' },
		});
		const items = jsonOf(run);
		expect(items).toHaveLength(2000);
		expect(items[1999].failureReason).toContain('Not sent, because the run ended early');
		expect(store.emulator.requests('bulkSeats').length).toBeLessThan(20);
	});
});

describe('a user who is not known yet', () => {
	const late = ['late1@contoso.com', 'late2@contoso.com'];

	function storeWithLateUsers(afterS: number) {
		const store = bench.store();
		const knownFromMs = store.clock.nowMs() + afterS * 1000;
		for (const upn of late) store.emulator.state.addUser({ upn, knownFromMs });
		return store;
	}

	it('is asked for again with growing pauses until known', async () => {
		const store = storeWithLateUsers(40);
		const run = await bench.change(store, [...pupils(30), ...late], {
			options: { retryUnknownUsers: 60 },
		});
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 32 });
		const again = store.emulator
			.requests('bulkSeats')
			.filter(({ usernames }) => usernames?.every((name) => late.includes(name)));
		const pauses = again.slice(1).map(({ startedMs }, index) => startedMs - again[index].startedMs);
		expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
		expect(again.length).toBeLessThan(8);
	});

	it('stays failed with the words of the service when the time is up, and not long after', async () => {
		const store = storeWithLateUsers(400);
		const startedMs = store.clock.nowMs();
		const run = await bench.change(store, late, { options: { retryUnknownUsers: 60 } });
		expect(jsonOf(run).map(({ failureReason }) => failureReason)).toEqual([
			'The user was not found.',
			'The user was not found.',
		]);
		expect(store.clock.nowMs() - startedMs).toBeLessThan(61_000);
	});

	it('fails at once without the option', async () => {
		const store = storeWithLateUsers(40);
		const run = await bench.change(store, late);
		expect(statusesOf(jsonOf(run))).toEqual({ failed: 2 });
		expect(store.emulator.requests('bulkSeats')).toHaveLength(1);
	});
});

describe('a pause that the service asks for', () => {
	it.each([
		['in seconds', 7 as const],
		['as a date', { date: true as const, seconds: 7 }],
	])('%s holds back every request of the run', async (_how, retryAfter) => {
		const store = bench.store({ latencyMs: 50 });
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 3 },
			effect: { kind: 'status', status: 429, retryAfter },
		});
		const run = await bench.change(store, pupils(500));
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 500 });
		const requests = store.emulator.requests('bulkSeats');
		const refused = requests.find(({ status }) => status === 429);
		const endedMs = refused?.endedMs ?? 0;
		const next = requests.filter(({ startedMs }) => startedMs > endedMs)[0];
		expect(next.startedMs - endedMs).toBeGreaterThanOrEqual(6_950);
	});

	it('for longer than the node waits ends the run and says when to come back', async () => {
		const store = bench.store();
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 2 },
			effect: { kind: 'status', status: 429, retryAfter: 3600 },
		});
		const run = await bench.change(store, pupils(100), { options: { maxConcurrency: 1 } });
		expect(errorOf(run)?.message).toContain(
			'It asks for a pause of 60 minutes, and this node waits 5 at most',
		);
		expect(errorOf(run)?.description).toContain('25 seats of 100 had been changed');
		expect(store.emulator.requests('bulkSeats')).toHaveLength(2);
	});

	it('is learnt from: a service that allows 20 requests a second is not hammered', async () => {
		const store = bench.store({
			latencyMs: 60,
			rateLimit: { perSecond: 20, burst: 10, retryAfterSeconds: 1 },
		});
		const run = await bench.change(store, pupils(4800));
		expect(statusesOf(jsonOf(run))).toEqual({ succeeded: 4800 });
		const requests = store.emulator.requests('bulkSeats');
		const refused = requests.filter(({ status }) => status === 429);
		expect(refused.length / requests.length).toBeLessThan(0.03);
	});
});

describe('a run that is halted on Stop', () => {
	it('waits for what is under way, so that its outcomes are known, and starts nothing more', async () => {
		const store = bench.store({ latencyMs: 100 });
		store.emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 3 },
			effect: { kind: 'status', status: 409, body: { message: 'Not an online license' } },
		});
		const run = await bench.change(store, pupils(1000));
		const { outcomes, seatsChanged } = errorOf(run)?.context?.data as {
			outcomes: Array<{ status: string; username: string }>;
			seatsChanged: number;
		};
		const requests = store.emulator.requests('bulkSeats');
		const endedMs = requests.find(({ status }) => status === 409)?.endedMs ?? 0;
		expect(requests.every(({ startedMs }) => startedMs <= endedMs)).toBe(true);
		expect(outcomes).toHaveLength(1000);
		const succeeded = outcomes.filter(({ status }) => status === 'succeeded');
		expect(succeeded).toHaveLength((requests.length - 1) * 25);
		expect(seatsChanged).toBe(succeeded.length);
		expect(store.emulator.state.holders(PRODUCT, SKU)).toEqual(
			expect.arrayContaining(succeeded.map(({ username }) => username)),
		);
	});
});
