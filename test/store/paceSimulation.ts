import type { Clock } from '../../nodes/StoreSeats/store/clock';

interface Sleeper {
	dueMs: number;
	order: number;
	wake: () => void;
}

/** Discrete-event time: it jumps to the next sleeper as soon as nothing else can happen. */
export class VirtualClock implements Clock {
	private timeMs = 0;
	private slept = 0;
	private readonly sleepers: Sleeper[] = [];

	nowMs(): number {
		return this.timeMs;
	}

	get sleeping(): number {
		return this.sleepers.length;
	}

	sleep(ms: number): Promise<void> {
		return new Promise((wake) => {
			const sleeper = { dueMs: this.timeMs + Math.max(0, ms), order: this.slept++, wake };
			let at = this.sleepers.length;
			while (at > 0 && this.sleepers[at - 1].dueMs <= sleeper.dueMs) at--;
			this.sleepers.splice(at, 0, sleeper);
		});
	}

	/** Lets every callback run that needs no more time. */
	async settle(): Promise<void> {
		await new Promise((resolve) => setImmediate(resolve));
	}

	async advance(ms: number): Promise<void> {
		const untilMs = this.timeMs + ms;
		await this.settle();
		while (this.sleepers.length > 0 && this.sleepers[this.sleepers.length - 1].dueMs <= untilMs) {
			await this.step();
		}
		this.timeMs = untilMs;
	}

	async runUntil<T>(wanted: Promise<T>): Promise<T> {
		let over = false;
		const mark = () => {
			over = true;
		};
		wanted.then(mark, mark);
		await this.settle();
		while (!over) {
			if (this.sleepers.length === 0) throw new Error('Nobody sleeps, and it is not over');
			await this.step();
		}
		return await wanted;
	}

	private async step(): Promise<void> {
		const next = this.sleepers.pop()!;
		this.timeMs = next.dueMs;
		next.wake();
		// All that is due at this instant happens before anybody sees the next one.
		await this.settle();
	}
}

/** What a service says to a request: `true`, or a refusal with or without Retry-After. */
export type Verdict = true | { retryAfterMs?: number };
export type Limiter = (nowMs: number) => Verdict;

export function tokenBucket(perSecond: number, burst: number, retryAfterMs?: number): Limiter {
	let tokens = burst;
	let seenMs = 0;
	return (nowMs) => {
		tokens = Math.min(burst, tokens + ((nowMs - seenMs) / 1000) * perSecond);
		seenMs = nowMs;
		if (tokens < 1) return { retryAfterMs };
		tokens -= 1;
		return true;
	};
}

/** `retryAfter`: a constant, the rest of the window as whole seconds, or no such header. */
export function fixedWindow(
	perWindow: number,
	windowMs: number,
	retryAfter: number | 'rest' | undefined,
): Limiter {
	let window = -1;
	let used = 0;
	return (nowMs) => {
		if (Math.floor(nowMs / windowMs) !== window) {
			window = Math.floor(nowMs / windowMs);
			used = 0;
		}
		if (used < perWindow) {
			used++;
			return true;
		}
		const restMs = (window + 1) * windowMs - nowMs;
		return {
			retryAfterMs: retryAfter === 'rest' ? Math.ceil(restMs / 1000) * 1000 : retryAfter,
		};
	};
}

export function outage(fromMs: number, untilMs: number, retryAfterMs?: number): Limiter {
	return (nowMs) => (nowMs >= fromMs && nowMs < untilMs ? { retryAfterMs } : true);
}

interface Gate<Admission> {
	admit(signal?: AbortSignal): Promise<Admission | false>;
	done(
		admission: Admission,
		result: 'answered' | 'throttled' | 'other',
		retryAfterMs?: number,
	): void;
}

export interface Run {
	elapsedMs: number;
	refused: number;
	startsMs: number[];
}

/** Sends `requests` through `gate`, each again until it is accepted, the way the client does. */
export async function simulate<Admission>(options: {
	clock: VirtualClock;
	gate: Gate<Admission>;
	limiter: Limiter;
	requests: number;
	latencyMs: () => number;
}): Promise<Run> {
	const { clock, gate, limiter, latencyMs } = options;
	const run: Run = { elapsedMs: 0, refused: 0, startsMs: [] };
	const send = async () => {
		for (;;) {
			const admission = await gate.admit();
			if (admission === false) return;
			run.startsMs.push(clock.nowMs());
			const latency = latencyMs();
			await clock.sleep(latency / 2);
			const verdict = limiter(clock.nowMs());
			await clock.sleep(latency / 2);
			if (verdict === true) {
				gate.done(admission, 'answered');
				return;
			}
			run.refused++;
			gate.done(admission, 'throttled', verdict.retryAfterMs);
		}
	};
	await clock.runUntil(Promise.all(Array.from({ length: options.requests }, send)));
	run.elapsedMs = clock.nowMs();
	return run;
}
