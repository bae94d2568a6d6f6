import type { Effect } from '../seats/service';

/** What a request that did not bring an answer of the Store ended with. */
export interface Failure {
	/**
	 * `refused`: the service answered with a status; `connection`: no complete answer came; `signIn`: no
	 * token, for whatever reason; `stopped`: from outside.
	 */
	readonly kind: 'refused' | 'connection' | 'signIn' | 'stopped';
	readonly httpStatus?: number;
	/** Milliseconds, as the service asks; undefined if it does not, or not readably. */
	readonly retryAfterMs?: number;
	/** What the request may have done all the same. */
	readonly effect: Effect;
	/** Trying again can help. */
	readonly passing: boolean;
	/** Everything of the run should slow down. */
	readonly throttled: boolean;
	readonly words: string;
	readonly missing?: 'inventory' | 'user' | 'seat';
	readonly parameter?: string;
}

/**
 * The statuses of which a repetition can succeed, and whether the work may have been done. 429
 * says that it was not, 503 and 408 that the request was not taken up (by whoever says so); 500 says
 * nothing about that, and 502 and 504 not even that it has come to an end.
 */
const PASSING_STATUS: ReadonlyMap<number, { effect: Effect; throttled: boolean }> = new Map([
	[408, { effect: 'unlikely', throttled: false }],
	[429, { effect: 'none', throttled: true }],
	[500, { effect: 'possible', throttled: false }],
	[502, { effect: 'underWay', throttled: false }],
	[503, { effect: 'unlikely', throttled: true }],
	[504, { effect: 'underWay', throttled: false }],
]);

/** Whether a status is worth another try. 400, 401, 403, 404 and 409 are final, as is what is not listed. */
export function statusMeaning(httpStatus: number): {
	passing: boolean;
	effect: Effect;
	throttled: boolean;
} {
	const passing = PASSING_STATUS.get(httpStatus);
	if (passing !== undefined) return { passing: true, ...passing };
	return { passing: false, effect: httpStatus >= 500 ? 'possible' : 'none', throttled: false };
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A run that holds a worker of n8n longer than this for one pause is better run again later. */
export const LONGEST_RETRY_AFTER_MS = 5 * 60_000;
/** All pauses of one request together. */
export const LONGEST_WAIT_MS = 15 * 60_000;

export type RetryDecision =
	| { readonly kind: 'again'; readonly pauseMs: number }
	| {
			readonly kind: 'final';
			readonly because: 'cannotSucceed' | 'attempts' | 'waiting' | 'pause';
	  };

/**
 * Whether to try again after the `attempt`th try (from 1), and after what pause: half a second,
 * doubled each time, half of it by chance so that many clients do not come back together; never
 * sooner than the service asks. `waitedMs` is what this request has waited already.
 */
export function decideRetry(
	failure: Failure,
	attempt: number,
	maxAttempts: number,
	waitedMs: number,
	random: () => number,
): RetryDecision {
	if (!failure.passing) return { kind: 'final', because: 'cannotSucceed' };
	if ((failure.retryAfterMs ?? 0) > LONGEST_RETRY_AFTER_MS)
		return { kind: 'final', because: 'pause' };
	if (attempt >= maxAttempts) return { kind: 'final', because: 'attempts' };
	if (waitedMs >= LONGEST_WAIT_MS) return { kind: 'final', because: 'waiting' };
	const growing = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
	const jittered = growing * (0.5 + random() / 2);
	// A pause that concerns the whole run is kept by the pace, not by the single request.
	if (failure.throttled) return { kind: 'again', pauseMs: 0 };
	return { kind: 'again', pauseMs: Math.max(jittered, failure.retryAfterMs ?? 0) };
}

/**
 * Reads `Retry-After`, in seconds or as a date; undefined if it is neither. A date is held against the
 * answer's own `Date` where there is one, since the two clocks need not agree.
 */
export function readRetryAfterMs(
	retryAfter: unknown,
	date: unknown,
	nowMs: number,
): number | undefined {
	if (typeof retryAfter !== 'string' && typeof retryAfter !== 'number') return undefined;
	const value = String(retryAfter).trim();
	if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
	const atMs = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
	if (Number.isNaN(atMs)) return undefined;
	const servedMs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
	return Math.max(0, atMs - (Number.isNaN(servedMs) ? nowMs : servedMs));
}
