export interface RateLimitOptions {
	/** Requests a second in the long run. */
	perSecond: number;
	/** Requests at once after a pause; default: one second's worth, at least 1. */
	burst?: number;
	/**
	 * What `Retry-After` says: a fixed number of seconds, a date (`'date'`), no such header (`null`),
	 * or, left out, the seconds until the next request would pass.
	 */
	retryAfterSeconds?: number | 'date' | null;
	/** Default 429. */
	status?: 429 | 503;
}

/** Far below a request's worth; without it a bucket refilled in thirds would stay a hair short. */
const rounding = 1e-9;

/** A token bucket: full at the start, refilled steadily. */
export class RateLimiter {
	readonly burst: number;
	private level: number;
	private levelAtMs: number;

	constructor(
		readonly options: RateLimitOptions,
		nowMs: number,
	) {
		this.burst = options.burst ?? Math.max(1, options.perSecond);
		this.level = this.burst;
		this.levelAtMs = nowMs;
	}

	/** Lets a request pass (0), or returns the milliseconds until one would. */
	take(nowMs: number): number {
		const { perSecond } = this.options;
		const refilled = this.level + ((nowMs - this.levelAtMs) * perSecond) / 1000;
		this.level = Math.min(this.burst, refilled);
		this.levelAtMs = nowMs;
		if (this.level + rounding >= 1) {
			this.level -= 1;
			return 0;
		}
		return ((1 - this.level) * 1000) / perSecond;
	}
}

/** Checks a rate limit that came from outside; `null` means none. */
export function checkRateLimit(value: unknown): RateLimitOptions | undefined {
	if (value === null) return undefined;
	const options = value as RateLimitOptions;
	const isPositive = (given: unknown) => typeof given === 'number' && given > 0;
	if (!isPositive(options?.perSecond)) throw new Error('perSecond is a number above 0.');
	if (options.burst !== undefined && !(isPositive(options.burst) && options.burst >= 1)) {
		throw new Error('burst is a number from 1.');
	}
	return options;
}
