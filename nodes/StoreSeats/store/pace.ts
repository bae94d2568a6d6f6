import type { Clock } from './clock';
import { LearntRate } from './learntRate';

/** Leave to send one request. Opaque to its holder, who gives it back with `done`. */
export interface Admission {
	readonly startedMs: number;
	/** How often the service had called a halt when the request started. */
	readonly episode: number;
}

interface Waiter {
	readonly resolve: (admission: Admission | false) => void;
	readonly signal?: AbortSignal;
}

/** Longest single sleep: a stopped run leaves no timer behind for longer than this. */
const SLICE_MS = 200;
/** Pauses where the service names none: half to all of 0.5 s, 1 s, 2 s, … and never above 30 s. */
const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/** A timer wakes late. What is lost by that is made up for, but no more: it would be a burst. */
const LATENESS_MS = 20;

/**
 * Decides when a request may start, so that a service is asked as fast as it allows and no faster.
 *
 * - Never more than `maxConcurrency` requests in flight; first come, first served.
 * - After a refusal (429 or 503) nothing starts sooner than the latest Retry-After asks, counted
 *   from its answer; where there is none, a growing, jittered pause takes its place.
 * - The first request of a run, and the first after each pause, goes alone: the others follow when
 *   it came back with anything but a refusal. A service that is down sees one request a pause.
 * - Refusals of requests that started before a pause may lengthen it, but are no further reason to
 *   slow down.
 * - A service that refuses nothing is never paced.
 */
export class Pace {
	private readonly clock: Clock;
	private readonly random: () => number;
	private readonly maxConcurrency: number;
	private readonly rate: LearntRate;

	private waiters: Waiter[] = [];
	/** Waiters before this one are served; cutting them off one by one would cost O(n) each. */
	private firstWaiter = 0;
	private readonly watched = new Map<AbortSignal, { waiters: number; dismiss: () => void }>();
	private serving = false;
	private stopped = false;

	private episode = 0;
	private consecutiveEpisodes = 0;
	private alone = true;
	private scout?: Admission;
	private nextStartMs = 0;
	private pauseEndMs = 0;
	private underWay = 0;
	private throttled = 0;

	constructor(options: { clock: Clock; random: () => number; maxConcurrency: number }) {
		this.clock = options.clock;
		this.random = options.random;
		this.maxConcurrency = options.maxConcurrency;
		this.rate = new LearntRate(options.maxConcurrency);
	}

	get pausedUntilMs(): number {
		return this.pauseEndMs;
	}

	get inFlight(): number {
		return this.underWay;
	}

	get throttledCount(): number {
		return this.throttled;
	}

	/** Resolves when the request may start; to `false` if it never may, for `signal` or `stop()`. */
	admit(signal?: AbortSignal): Promise<Admission | false> {
		if (this.stopped || signal?.aborted) return Promise.resolve(false);
		if (signal) this.watch(signal);
		return new Promise((resolve) => {
			this.waiters.push({ resolve, signal });
			void this.serve();
		});
	}

	/** To be called once for each admission. `retryAfterMs` counts from now. */
	done(
		admission: Admission,
		result: 'answered' | 'throttled' | 'other',
		retryAfterMs?: number,
	): void {
		const nowMs = this.clock.nowMs();
		const isScout = admission === this.scout;
		if (isScout) this.scout = undefined;
		this.underWay--;
		if (result === 'throttled') {
			this.throttled++;
			const newEpisode = admission.episode === this.episode;
			if (!isScout) this.rate.noteRefusal(nowMs, newEpisode);
			this.pause(nowMs, newEpisode, retryAfterMs);
		} else {
			if (isScout) {
				this.alone = false;
				this.rate.resume(admission.startedMs);
				this.nextStartMs = admission.startedMs + this.intervalMs(admission.startedMs);
			}
			const answered = result === 'answered';
			if (answered && admission.episode === this.episode) this.consecutiveEpisodes = 0;
			this.rate.noteAnswer(nowMs - admission.startedMs, answered);
		}
		void this.serve();
	}

	/** Nobody is admitted any more. */
	stop(): void {
		this.stopped = true;
		this.dismiss(() => true);
	}

	private pause(nowMs: number, newEpisode: boolean, retryAfterMs = 0): void {
		if (newEpisode) {
			this.episode++;
			this.consecutiveEpisodes++;
			this.alone = true;
		}
		if (retryAfterMs > 0 && Number.isFinite(retryAfterMs)) {
			this.pauseEndMs = Math.max(this.pauseEndMs, nowMs + retryAfterMs);
		} else if (newEpisode) {
			const doublings = this.consecutiveEpisodes - 1;
			const wholeMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** doublings);
			const jitteredMs = (wholeMs * (1 + this.random())) / 2;
			this.pauseEndMs = Math.max(this.pauseEndMs, nowMs + jitteredMs);
		}
	}

	/** The only place where anybody sleeps, and only while somebody waits for nothing but time. */
	private async serve(): Promise<void> {
		if (this.serving) return;
		this.serving = true;
		while (this.firstWaiter < this.waiters.length && this.hasPlace()) {
			const nowMs = this.clock.nowMs();
			const startMs = this.alone ? this.pauseEndMs : Math.max(this.pauseEndMs, this.nextStartMs);
			if (startMs > nowMs) {
				await this.clock.sleep(Math.min(SLICE_MS, Math.ceil(startMs - nowMs)));
			} else {
				this.nextWaiter().resolve(this.start(nowMs));
			}
		}
		this.serving = false;
	}

	private hasPlace(): boolean {
		return this.underWay < this.maxConcurrency && !(this.alone && this.scout);
	}

	private start(nowMs: number): Admission {
		const admission = { startedMs: nowMs, episode: this.episode };
		this.underWay++;
		if (this.alone) this.scout = admission;
		else this.rate.noteStart(nowMs);
		this.nextStartMs = Math.max(this.nextStartMs, nowMs - LATENESS_MS) + this.intervalMs(nowMs);
		return admission;
	}

	private intervalMs(nowMs: number): number {
		return 1000 / this.rate.perSecond(nowMs);
	}

	private nextWaiter(): Waiter {
		const waiter = this.waiters[this.firstWaiter++];
		if (this.firstWaiter * 2 > this.waiters.length) {
			this.waiters = this.waiters.slice(this.firstWaiter);
			this.firstWaiter = 0;
		}
		this.unwatch(waiter.signal);
		return waiter;
	}

	/** One listener a signal, for as long as anybody waits with it: it outlives the run. */
	private watch(signal: AbortSignal): void {
		const watched = this.watched.get(signal);
		if (watched !== undefined) {
			watched.waiters++;
			return;
		}
		const dismiss = () => this.dismiss((waiter) => waiter.signal === signal);
		this.watched.set(signal, { waiters: 1, dismiss });
		signal.addEventListener('abort', dismiss);
	}

	private unwatch(signal: AbortSignal | undefined): void {
		if (signal === undefined) return;
		const watched = this.watched.get(signal);
		if (watched === undefined || --watched.waiters > 0) return;
		this.watched.delete(signal);
		signal.removeEventListener('abort', watched.dismiss);
	}

	private dismiss(isDismissed: (waiter: Waiter) => boolean): void {
		const waiting = this.waiters.slice(this.firstWaiter);
		this.waiters = waiting.filter((waiter) => !isDismissed(waiter));
		this.firstWaiter = 0;
		for (const waiter of waiting) {
			if (!isDismissed(waiter)) continue;
			this.unwatch(waiter.signal);
			waiter.resolve(false);
		}
	}
}
