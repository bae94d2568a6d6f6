import { getEventListeners } from 'node:events';

import fc from 'fast-check';
import type { Clock } from '../../nodes/StoreSeats/store/clock';
import { type Admission, Pace } from '../../nodes/StoreSeats/store/pace';
import { seededRandom } from '../support/random';
import {
	fixedWindow,
	type Limiter,
	outage,
	type Run,
	simulate,
	tokenBucket,
	VirtualClock,
} from './paceSimulation';

/** Time for the pace alone, so that its own sleeps can be told from those of the service. */
class WatchedClock implements Clock {
	readonly sleptMs: number[] = [];
	sleepingNow = 0;
	mostSleepingAtOnce = 0;

	constructor(private readonly clock: VirtualClock) {}

	nowMs(): number {
		return this.clock.nowMs();
	}

	async sleep(ms: number): Promise<void> {
		this.sleptMs.push(ms);
		this.sleepingNow++;
		this.mostSleepingAtOnce = Math.max(this.mostSleepingAtOnce, this.sleepingNow);
		await this.clock.sleep(ms);
		this.sleepingNow--;
	}
}

function paceOf(maxConcurrency: number, random: () => number = seededRandom(1)) {
	const clock = new VirtualClock();
	const watched = new WatchedClock(clock);
	return { clock, watched, pace: new Pace({ clock: watched, random, maxConcurrency }) };
}

/** Admissions in the order in which they came; `false` for a waiter sent away. */
function line(pace: Pace, length: number, signal?: AbortSignal): Array<Admission | false> {
	const came: Array<Admission | false> = [];
	for (let i = 0; i < length; i++) void pace.admit(signal).then((one) => came.push(one));
	return came;
}

function admissionAt(came: Array<Admission | false>, index: number): Admission {
	const admission = came[index];
	if (!admission) throw new Error(`No admission ${index}`);
	return admission;
}

/** A pace whose first request, which goes alone, was answered after 50 ms. */
async function openPaceOf(maxConcurrency: number, random?: () => number) {
	const made = paceOf(maxConcurrency, random);
	const came = line(made.pace, 1);
	await made.clock.advance(50);
	made.pace.done(admissionAt(came, 0), 'answered');
	return made;
}

async function run(options: {
	limiter: Limiter;
	requests: number;
	latencyMs: number;
	maxConcurrency: number;
	jitter?: number;
	seed?: number;
}): Promise<Run> {
	const { jitter = 0, seed = 1, latencyMs, limiter, requests, maxConcurrency } = options;
	const random = seededRandom(seed);
	const { clock, watched, pace } = paceOf(maxConcurrency, random);
	const result = await simulate({
		clock,
		gate: pace,
		limiter,
		requests,
		latencyMs: () => latencyMs * (1 + jitter * (2 * random() - 1)),
	});
	expect(watched.mostSleepingAtOnce).toBeLessThanOrEqual(1);
	expect(watched.sleepingNow).toBe(0);
	expect(pace.throttledCount).toBe(result.refused);
	expect(pace.inFlight).toBe(0);
	return result;
}

const never: Limiter = () => true;

describe('how many at once', () => {
	it('sends the first request of a run alone, and the others when it came back', async () => {
		const { clock, pace } = paceOf(3);
		const came = line(pace, 5);
		await clock.advance(60_000);
		expect(came).toHaveLength(1);
		pace.done(admissionAt(came, 0), 'answered');
		await clock.settle();
		expect(came).toHaveLength(4);
		expect(pace.inFlight).toBe(3);
	});

	it('takes any other failure of the first for an answer, too', async () => {
		const { clock, pace } = paceOf(3);
		const came = line(pace, 5);
		await clock.settle();
		pace.done(admissionAt(came, 0), 'other');
		await clock.settle();
		expect(came).toHaveLength(4);
	});

	it('goes on one by one as long as the first requests are refused', async () => {
		const { clock, pace } = paceOf(3);
		const came = line(pace, 9);
		await clock.settle();
		for (let refused = 0; refused < 3; refused++) {
			expect(came).toHaveLength(refused + 1);
			pace.done(admissionAt(came, refused), 'throttled', 1000);
			await clock.advance(999);
			expect(came).toHaveLength(refused + 1);
			await clock.advance(1);
			expect(came).toHaveLength(refused + 2);
			expect(pace.inFlight).toBe(1);
		}
		pace.done(admissionAt(came, 3), 'answered');
		await clock.settle();
		expect(came).toHaveLength(7);
	});

	it('sends one alone after each later pause, too', async () => {
		const { clock, pace } = await openPaceOf(4);
		const came = line(pace, 20);
		await clock.settle();
		expect(came).toHaveLength(4);
		pace.done(admissionAt(came, 0), 'throttled', 1000);
		for (let i = 1; i < 4; i++) pace.done(admissionAt(came, i), 'answered');
		await clock.advance(30_000);
		expect(came).toHaveLength(5);
	});

	it('does not wait for a request from before the pause that never comes back', async () => {
		const { clock, pace } = await openPaceOf(2);
		const came = line(pace, 4);
		await clock.settle();
		pace.done(admissionAt(came, 0), 'throttled', 1000);
		await clock.advance(1000);
		expect(came).toHaveLength(3);
		pace.done(admissionAt(came, 2), 'answered');
		await clock.advance(10_000);
		expect(came).toHaveLength(4);
	});

	it('never has more in flight than allowed', async () => {
		const { clock, pace } = await openPaceOf(4);
		const came = line(pace, 100);
		await clock.advance(10_000);
		expect(came).toHaveLength(4);
		pace.done(admissionAt(came, 0), 'other');
		await clock.advance(10_000);
		expect(came).toHaveLength(5);
	});
});

describe('pauses', () => {
	it('lets the latest Retry-After win, counted from its own answer', async () => {
		const { clock, pace } = await openPaceOf(4);
		const came = line(pace, 8);
		await clock.settle();
		const startMs = clock.nowMs();
		pace.done(admissionAt(came, 0), 'throttled', 3000);
		await clock.advance(100);
		pace.done(admissionAt(came, 1), 'throttled', 1000);
		expect(pace.pausedUntilMs).toBe(startMs + 3000);
		await clock.advance(100);
		pace.done(admissionAt(came, 2), 'throttled', 5000);
		expect(pace.pausedUntilMs).toBe(startMs + 5200);
		await clock.advance(4999);
		expect(came).toHaveLength(4);
		await clock.advance(1);
		expect(came).toHaveLength(5);
	});

	it('heeds Retry-After of a request that outlived the pause it belongs to', async () => {
		const { clock, pace } = await openPaceOf(4);
		const came = line(pace, 20);
		await clock.settle();
		pace.done(admissionAt(came, 0), 'throttled', 1000);
		await clock.advance(1000);
		pace.done(admissionAt(came, 4), 'answered');
		await clock.settle();
		const before = came.length;
		pace.done(admissionAt(came, 1), 'throttled', 2000);
		await clock.advance(1999);
		expect(came).toHaveLength(before);
		await clock.advance(1000);
		expect(came.length).toBeGreaterThan(before);
	});

	it.each([
		['shortest', 0, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]],
		['longest', 1, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]],
	])('backs off by itself without Retry-After (%s)', async (_, random, wantedMs) => {
		const { clock, pace } = paceOf(2, () => random);
		const came = line(pace, 20);
		await clock.settle();
		for (const [refused, pauseMs] of wantedMs.entries()) {
			pace.done(admissionAt(came, refused), 'throttled');
			expect(pace.pausedUntilMs - clock.nowMs()).toBe(pauseMs);
			await clock.advance(pauseMs);
			expect(came).toHaveLength(refused + 2);
		}
	});

	it('starts over with short pauses after a success, not after another failure', async () => {
		const { clock, pace } = paceOf(1, () => 1);
		const came = line(pace, 20);
		const finish = async (index: number, result: 'answered' | 'throttled' | 'other') => {
			while (came.length <= index) await clock.advance(100);
			await clock.advance(50);
			pace.done(admissionAt(came, index), result);
			return pace.pausedUntilMs - clock.nowMs();
		};
		expect(await finish(0, 'throttled')).toBe(500);
		expect(await finish(1, 'throttled')).toBe(1000);
		await finish(2, 'other');
		expect(await finish(3, 'throttled')).toBe(2000);
		await finish(4, 'answered');
		expect(await finish(5, 'throttled')).toBe(500);
	});

	it.each([[0], [-5], [NaN], [Infinity]])('takes Retry-After %d for none', async (retryAfterMs) => {
		const { clock, pace } = paceOf(1, () => 1);
		const came = line(pace, 2);
		await clock.settle();
		pace.done(admissionAt(came, 0), 'throttled', retryAfterMs);
		expect(pace.pausedUntilMs).toBe(500);
		await clock.advance(500);
		expect(came).toHaveLength(2);
	});

	it('counts refusals of one burst as one episode', async () => {
		const { clock, pace } = await openPaceOf(4, () => 1);
		const came = line(pace, 4);
		await clock.settle();
		for (let i = 0; i < 4; i++) pace.done(admissionAt(came, i), 'throttled');
		expect(pace.pausedUntilMs - clock.nowMs()).toBe(500);
		expect(pace.throttledCount).toBe(4);
	});
});

describe('waiting', () => {
	it('serves first come, first served', async () => {
		const { clock, pace } = paceOf(3);
		const served: number[] = [];
		const all = Array.from({ length: 50 }, async (_, i) => {
			const admission = await pace.admit();
			served.push(i);
			await clock.sleep(10 + ((i * 7) % 5));
			if (admission) pace.done(admission, i % 11 === 5 ? 'throttled' : 'answered', 300);
		});
		await clock.runUntil(Promise.all(all));
		expect(served).toEqual(served.map((_, i) => i));
	});

	it('sleeps in one loop, in slices of 200 ms at most', async () => {
		const { clock, watched, pace } = paceOf(4);
		const came = line(pace, 1000);
		await clock.settle();
		pace.done(admissionAt(came, 0), 'throttled', 5000);
		await clock.advance(5000);
		expect(watched.mostSleepingAtOnce).toBe(1);
		expect(watched.sleptMs).toHaveLength(25);
		expect(Math.max(...watched.sleptMs)).toBe(200);
	});

	it('sleeps only while somebody waits for nothing but time', async () => {
		const { clock, watched, pace } = await openPaceOf(2);
		const came = line(pace, 2);
		await clock.settle();
		pace.done(admissionAt(came, 0), 'throttled', 5000);
		pace.done(admissionAt(came, 1), 'answered');
		await clock.advance(1000);
		expect(watched.sleptMs).toEqual([]);
		const { sleeping } = clock;
		line(pace, 1);
		await clock.settle();
		expect(clock.sleeping).toBe(sleeping + 1);
	});

	it('sleeps as often for 100,000 waiters as for a few', async () => {
		const { clock, watched, pace } = await openPaceOf(4);
		let served = 0;
		const all = Array.from({ length: 100_000 }, async () => {
			const admission = await pace.admit();
			served++;
			if (admission) pace.done(admission, 'answered');
		});
		await clock.runUntil(Promise.all(all));
		expect(served).toBe(100_000);
		expect(watched.sleptMs).toEqual([]);
		expect(clock.nowMs()).toBe(50);
	});
});

describe('giving up', () => {
	it('sends away at once who comes with an aborted signal, or after stop()', async () => {
		const { pace } = paceOf(2);
		expect(await pace.admit(AbortSignal.abort())).toBe(false);
		pace.stop();
		expect(await pace.admit()).toBe(false);
		expect(pace.inFlight).toBe(0);
	});

	it('sends all waiters away on stop(), and leaves no timer behind', async () => {
		const { clock, pace } = paceOf(2);
		const came = line(pace, 1000);
		await clock.settle();
		pace.done(admissionAt(came, 0), 'throttled', 3_600_000);
		await clock.advance(1000);
		pace.stop();
		await clock.settle();
		expect(came).toHaveLength(1000);
		expect(came.slice(1).every((one) => one === false)).toBe(true);
		expect(pace.inFlight).toBe(0);
		await clock.advance(200);
		expect(clock.sleeping).toBe(0);
	});

	it('takes back what was in flight at stop()', async () => {
		const { clock, pace } = paceOf(2);
		const came = line(pace, 1);
		await clock.settle();
		pace.stop();
		pace.done(admissionAt(came, 0), 'throttled', 1000);
		await clock.settle();
		expect(pace.inFlight).toBe(0);
		expect(clock.sleeping).toBe(0);
	});

	it.each([
		['a pause', true],
		['a place', false],
	])('sends away who waits for %s with a signal that is aborted', async (_, paused) => {
		const { clock, pace } = paceOf(1);
		const first = line(pace, 1);
		await clock.settle();
		if (paused) pace.done(admissionAt(first, 0), 'throttled', 10_000);
		const run = new AbortController();
		const before = line(pace, 1);
		const given = line(pace, 500, run.signal);
		const after = line(pace, 1, new AbortController().signal);
		await clock.advance(1000);
		run.abort();
		await clock.settle();
		expect(given).toEqual(given.map(() => false));
		expect(given).toHaveLength(500);
		expect([...before, ...after]).toEqual([]);
		if (!paused) pace.done(admissionAt(first, 0), 'answered');
		await clock.advance(9000);
		pace.done(admissionAt(before, 0), 'answered');
		await clock.advance(9000);
		expect(after).toHaveLength(1);
	});

	it('listens to a signal once, however many wait with it, and no longer than they do', async () => {
		const { clock, pace } = paceOf(1);
		const { signal } = new AbortController();
		const came = line(pace, 1000, signal);
		await clock.settle();
		expect(getEventListeners(signal, 'abort')).toHaveLength(1);
		for (let served = 0; served < 999; served++) {
			pace.done(admissionAt(came, served), 'answered');
			await clock.settle();
		}
		expect(came).toHaveLength(1000);
		expect(getEventListeners(signal, 'abort')).toEqual([]);
	});
});

describe('learning what the service allows', () => {
	it('adds nothing where nothing is refused', async () => {
		const limiter = never;
		const { elapsedMs } = await run({ limiter, requests: 401, latencyMs: 50, maxConcurrency: 4 });
		expect(elapsedMs).toBe(100 * 50 + 50);
	});

	// 20 requests/s and a burst of 10: what is allowed takes (requests - 10) / 20 s.
	it.each([
		[200, 0],
		[200, 0.02],
		[400, 0],
		[400, 0.02],
	])('gets 90 %% of 20/s at 3 %% refused (%d requests, jitter %d)', async (requests, jitter) => {
		for (let seed = 1; seed <= 8; seed++) {
			const limiter = tokenBucket(20, 10, 1000);
			const scenario = { limiter, requests, latencyMs: 62.5, maxConcurrency: 4, jitter, seed };
			const { elapsedMs, refused } = await run(scenario);
			expect(elapsedMs).toBeLessThanOrEqual(((requests - 10) / 20 / 0.9) * 1000);
			expect(refused).toBeLessThanOrEqual(requests * 0.03);
		}
	});

	// Where latency varies that much, the first estimate is rougher and a second refusal comes soon.
	it.each([200, 400, 2000])(
		'gets 80 %% of it with jittered latency (%d requests)',
		async (requests) => {
			for (let seed = 1; seed <= 8; seed++) {
				const limiter = tokenBucket(20, 10, 1000);
				const scenario = {
					limiter,
					requests,
					latencyMs: 62.5,
					maxConcurrency: 4,
					jitter: 0.3,
					seed,
				};
				const { elapsedMs, refused } = await run(scenario);
				expect(elapsedMs).toBeLessThanOrEqual(((requests - 10) / 20 / 0.8) * 1000);
				expect(refused).toBeLessThanOrEqual(requests * 0.03);
			}
		},
	);

	it('comes close to what is allowed in a long run', async () => {
		const limiter = tokenBucket(20, 10, 1000);
		const scenario = { limiter, requests: 10_000, latencyMs: 62.5, maxConcurrency: 4 };
		const { elapsedMs, refused } = await run(scenario);
		expect(elapsedMs / 1000).toBeLessThan((10_000 - 10) / 20 / 0.95);
		expect(refused).toBeLessThan(20);
	});

	it('resumes at a pace, not with all places at once', async () => {
		const limiter = tokenBucket(20, 10, 1000);
		const scenario = { limiter, requests: 60, latencyMs: 62.5, maxConcurrency: 4 };
		const { startsMs } = await run(scenario);
		const resumed = startsMs.findIndex((ms, i) => i > 0 && ms - startsMs[i - 1] > 500);
		const gapsMs = startsMs.slice(resumed + 2).map((ms, i) => ms - startsMs[resumed + 1 + i]);
		expect(gapsMs.length).toBeGreaterThan(20);
		expect(Math.min(...gapsMs)).toBeGreaterThan(25);
	});

	it.each([
		[1000, 4, 60],
		[undefined, 4, 60],
		[3000, 16, 20],
		[1000, 1, 200],
	])(
		'is back at full speed 25 s after an outage (Retry-After %s, %d at once, %d ms)',
		async (retryAfterMs, maxConcurrency, latencyMs) => {
			const { clock, pace } = paceOf(maxConcurrency);
			const requests = Math.ceil((40_000 / latencyMs) * maxConcurrency);
			const limiter = outage(200, 3200, retryAfterMs);
			const scenario = { clock, gate: pace, limiter, requests, latencyMs: () => latencyMs };
			const { startsMs, refused } = await simulate(scenario);
			const inOneSecond = startsMs.filter((ms) => ms > 29_000 && ms <= 30_000).length;
			expect(inOneSecond).toBeGreaterThanOrEqual((maxConcurrency * 1000) / latencyMs - 2);
			expect(refused).toBeLessThanOrEqual(maxConcurrency + 6);
		},
	);

	it('hardly slows a run that was long under way when the outage came', async () => {
		const limiter = outage(60_000, 63_000, 1000);
		const scenario = { limiter, requests: 10_000, latencyMs: 62.5, maxConcurrency: 4 };
		const { elapsedMs } = await run(scenario);
		expect(elapsedMs).toBeLessThan((10_000 / 64) * 1000 + 3000 + 5000);
	});

	it('does not slow down for good where refusals have nothing to do with the pace', async () => {
		const random = seededRandom(9);
		const limiter: Limiter = () => (random() < 0.05 ? { retryAfterMs: 1000 } : true);
		const scenario = { limiter, requests: 5000, latencyMs: 62.5, maxConcurrency: 4 };
		const { elapsedMs, refused } = await run(scenario);
		// One pause of a second each cannot be helped; the rest is the requests themselves.
		const unpacedMs = refused * 1000 + (5000 / 64) * 1000;
		expect(elapsedMs).toBeLessThan(1.3 * unpacedMs);
	});
});

describe('over a grid of services', () => {
	const latencies = [
		[20, 4],
		[60, 1],
		[60, 4],
		[60, 16],
		[300, 16],
	];

	/** The least part of the allowed rate that was reached, and the greatest share refused. */
	async function worstOf(
		services: Array<{ limiter: () => Limiter; perSecond: number; allowedMs: number }>,
		requests: number,
	) {
		const worst = { reached: 1, refused: 0 };
		for (const { limiter, perSecond, allowedMs } of services) {
			for (const [latencyMs, maxConcurrency] of latencies) {
				if ((maxConcurrency / latencyMs) * 1000 < perSecond * 1.05) continue;
				const scenario = { requests, latencyMs, maxConcurrency, jitter: 0.1, seed: 7 };
				const { elapsedMs, refused } = await run({ ...scenario, limiter: limiter() });
				const unpacedMs = Math.ceil(requests / maxConcurrency) * latencyMs;
				worst.reached = Math.min(worst.reached, Math.max(allowedMs, unpacedMs) / elapsedMs);
				worst.refused = Math.max(worst.refused, refused / requests);
			}
		}
		return worst;
	}

	it('is nowhere far off with token buckets', async () => {
		const services = [];
		for (const perSecond of [2, 10, 50, 100]) {
			for (const burst of [5, 50]) {
				for (const retryAfterMs of [500, 1000, undefined]) {
					const limiter = () => tokenBucket(perSecond, burst, retryAfterMs);
					services.push({ limiter, perSecond, allowedMs: ((400 - burst) / perSecond) * 1000 });
				}
			}
		}
		const worst = await worstOf(services, 400);
		expect(worst.reached).toBeGreaterThan(0.3);
		expect(worst.refused).toBeLessThan(0.15);
	}, 60_000);

	it('is nowhere far off with windows', async () => {
		const services = [];
		for (const [perWindow, windowMs] of [
			[5, 1000],
			[20, 1000],
			[100, 1000],
			[50, 10_000],
			[200, 10_000],
		]) {
			for (const retryAfter of ['rest', 1000, undefined] as const) {
				const limiter = () => fixedWindow(perWindow, windowMs, retryAfter);
				const allowedMs = Math.floor(399 / perWindow) * windowMs;
				services.push({ limiter, perSecond: (perWindow / windowMs) * 1000, allowedMs });
			}
		}
		const worst = await worstOf(services, 400);
		expect(worst.reached).toBeGreaterThan(0.3);
		expect(worst.refused).toBeLessThan(0.15);
	}, 60_000);
});

describe('whatever the service answers', () => {
	const answer = fc.record({
		latencyMs: fc.integer({ min: 1, max: 400 }),
		result: fc.constantFrom('answered', 'answered', 'throttled', 'other'),
		retryAfterMs: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
	});

	it('keeps its promises', async () => {
		const property = fc.asyncProperty(
			fc.integer({ min: 1, max: 6 }),
			fc.array(answer, { minLength: 1, maxLength: 60 }),
			fc.integer({ min: 0, max: 300 }),
			fc.integer(),
			async (maxConcurrency, answers, comingEveryMs, seed) => {
				const { clock, watched, pace } = paceOf(maxConcurrency, seededRandom(seed));
				const served: number[] = [];
				let inFlight = 0;
				let notBeforeMs = 0;
				let answeredOnce = false;
				const all = answers.map(async ({ latencyMs, result, retryAfterMs }, i) => {
					await clock.sleep(i * comingEveryMs);
					const admission = await pace.admit();
					if (!admission) throw new Error('Sent away for no reason');
					served.push(i);
					inFlight++;
					const allowed = answeredOnce ? maxConcurrency : 1;
					expect(inFlight).toBeLessThanOrEqual(allowed);
					expect(pace.inFlight).toBeLessThanOrEqual(allowed);
					expect(clock.nowMs()).toBeGreaterThanOrEqual(notBeforeMs);
					expect(admission.startedMs).toBe(clock.nowMs());
					await clock.sleep(latencyMs);
					inFlight--;
					answeredOnce ||= result !== 'throttled';
					if (result === 'throttled' && retryAfterMs) {
						notBeforeMs = Math.max(notBeforeMs, clock.nowMs() + retryAfterMs);
					}
					pace.done(admission, result, retryAfterMs);
				});
				await clock.runUntil(Promise.all(all));
				expect(served).toEqual(answers.map((_, i) => i));
				expect(watched.mostSleepingAtOnce).toBeLessThanOrEqual(1);
				expect(Math.max(0, ...watched.sleptMs)).toBeLessThanOrEqual(200);
				expect(clock.sleeping).toBe(0);
				expect(clock.nowMs()).toBeLessThan(3_600_000);
			},
		);
		await fc.assert(property, { numRuns: 200, seed: 20 });
	});
});
