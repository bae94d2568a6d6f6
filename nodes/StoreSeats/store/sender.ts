import { greaterEffect, STOPPED, type Effect, type Refusal } from '../seats/service';
import type { StoreClient, StoreReply, StoreRequest } from './client';
import type { Clock } from './clock';
import type { Pace } from './pace';
import { decideRetry, LONGEST_RETRY_AFTER_MS, type Failure } from './retry';

export interface SenderOptions {
	readonly client: StoreClient;
	readonly pace: Pace;
	readonly clock: Clock;
	readonly random: () => number;
	/** Tries of one request, the first included. */
	readonly maxAttempts: number;
	readonly signal?: AbortSignal;
}

export type Sent<T> =
	| { readonly kind: 'answered'; readonly answer: T; readonly effect: Effect }
	| { readonly kind: 'refused'; readonly refusal: Refusal }
	| { readonly kind: 'notSent'; readonly because?: Refusal };

/**
 * Sends a request as often as it takes: within the pace of the run, again where that can help, with
 * growing pauses, never sooner than the service asks. `read` makes an answer of a body or finds it
 * unreadable (undefined), which counts as a try that may have been carried out. `stillWanted` is asked
 * right before each try. Bounded by `maxAttempts` and by the limits of `retry.ts`; says which ran out.
 */
export class Sender {
	/** Counts the renewals, so that a request knows whether its 401 was for a token since replaced. */
	private renewals = 0;
	private renewal?: Promise<Failure | undefined>;
	/** A pause that is longer than this run may wait. */
	private ended?: Refusal;

	constructor(private readonly options: SenderOptions) {}

	async send<T>(
		request: StoreRequest,
		read: (body: unknown) => T | undefined,
		stillWanted: () => boolean = () => true,
	): Promise<Sent<T>> {
		const { pace, clock, client, random, maxAttempts, signal } = this.options;
		let effect: Effect = 'none';
		let firstFailedMs: number | undefined;
		let last: Failure | undefined;
		let hasNewToken = false;
		for (let attempt = 1; ; attempt++) {
			const admission = stillWanted() ? await pace.admit(signal) : undefined;
			if (!admission || !stillWanted()) {
				if (admission) pace.done(admission, 'other');
				return last === undefined
					? { kind: 'notSent', because: this.ended ?? (signal?.aborted ? STOPPED : undefined) }
					: { kind: 'refused', refusal: endedEarly(last, effect, signal?.aborted === true) };
			}
			const renewals = this.renewals;
			let reply: StoreReply | undefined;
			try {
				reply = await client.send(request);
			} finally {
				if (reply === undefined) pace.done(admission, 'other');
			}
			const failure = reply.kind === 'failure' ? reply.failure : undefined;
			const came = failure === undefined ? 'answered' : asksToWait(failure) ? 'throttled' : 'other';
			pace.done(admission, came, failure?.retryAfterMs);
			if (reply.kind === 'answer') {
				const answer = read(reply.body);
				if (answer !== undefined) return { kind: 'answered', answer, effect };
			}
			last = failure ?? UNREADABLE;
			if (last.httpStatus === 401 && !hasNewToken) {
				const refused = renewals === this.renewals ? await this.renewToken() : undefined;
				if (refused === undefined) {
					hasNewToken = true;
					attempt--;
					continue;
				}
				last = refused;
			}
			effect = greaterEffect(effect, last.effect);
			firstFailedMs ??= clock.nowMs();
			const waitedMs = clock.nowMs() - firstFailedMs;
			const decision = decideRetry(last, attempt, maxAttempts, waitedMs, random);
			if (decision.kind === 'final') {
				const refusal = refusalOf(last, decision.because, attempt, effect);
				if (decision.because === 'pause') {
					// Nobody of this run may ask before that, and the run will not last so long.
					this.ended ??= { ...refusal, effect: 'none' };
					pace.stop();
				}
				return { kind: 'refused', refusal };
			}
			if (decision.pauseMs > 0) await clock.sleep(decision.pauseMs, signal);
		}
	}

	/** One new token for all requests that wait for one; its read keeps to the pace like any other. */
	private async renewToken(): Promise<Failure | undefined> {
		const { pace, client, signal } = this.options;
		this.renewal ??= (async () => {
			try {
				const admission = await pace.admit(signal);
				if (admission === false) return undefined;
				const refused = await client.renewToken();
				pace.done(admission, asksToWait(refused) ? 'throttled' : 'other', refused?.retryAfterMs);
				return refused;
			} finally {
				this.renewals++;
				this.renewal = undefined;
			}
		})();
		return await this.renewal;
	}
}

/** Whoever names a wait, whatever the status, asks it of the whole run. */
const asksToWait = (failure: Failure | undefined): boolean =>
	failure?.throttled === true || failure?.retryAfterMs !== undefined;

const UNREADABLE: Failure = {
	kind: 'connection',
	passing: true,
	effect: 'possible',
	throttled: false,
	words: 'The answer of the Store could not be read',
};

function refusalOf(
	failure: Failure,
	because: 'cannotSucceed' | 'attempts' | 'waiting' | 'pause',
	attempts: number,
	effect: Effect,
): Refusal {
	const { httpStatus, missing, parameter } = failure;
	const words = failure.words.replace(/\.+$/, '');
	const common = { httpStatus, missing, parameter, effect };
	const unanswered = failure.kind === 'signIn' ? 'signInUnanswered' : 'unanswered';
	switch (because) {
		case 'cannotSucceed':
			if (failure.kind === 'connection') return { ...common, kind: 'unanswered', words };
			return { ...common, kind: failure.kind, words };
		case 'attempts': {
			const tries = attempts === 1 ? '1 try' : `${attempts} tries`;
			return { ...common, kind: unanswered, words: `${words}. Given up after ${tries}` };
		}
		case 'waiting':
			return {
				...common,
				kind: unanswered,
				words: `${words}. Given up after waiting 15 minutes`,
			};
		case 'pause': {
			const minutes = Math.ceil((failure.retryAfterMs ?? 0) / 60_000);
			const asked = minutes > 24 * 60 ? 'more than a day' : `${minutes} minutes`;
			const limit = LONGEST_RETRY_AFTER_MS / 60_000;
			return {
				...common,
				kind: 'paused',
				words: `${words}. It asks for a pause of ${asked}, and this node waits ${limit} at most`,
			};
		}
	}
}

/** The run ended between two tries; what the tries before it did stands. */
function endedEarly(last: Failure | undefined, effect: Effect, stopped: boolean): Refusal {
	const words = last?.words.replace(/\.+$/, '') ?? '';
	return {
		kind: stopped ? 'stopped' : 'unanswered',
		httpStatus: last?.httpStatus,
		words: `${words}. Not tried again, because the ${stopped ? 'execution was stopped' : 'run ended early'}`,
		effect,
	};
}
