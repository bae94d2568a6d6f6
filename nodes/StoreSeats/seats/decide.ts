import type { Finding } from './lookUp';
import type { Outcome, SeatAction } from './seat';
import { failed, wantedHolding } from './seat';
import type { Effect, Refusal } from './service';

/** Why a seat's outcome cannot be read off the answer alone. */
export type Doubt =
	/** Refused with words that leave open whether the seat is in the wanted state. */
	| {
			readonly kind: 'refused';
			readonly reason: string;
			readonly says: 'alreadyDone' | 'unclear';
			readonly httpStatus?: number;
	  }
	/** Confirmed and refused in one answer, or confirmed in the opposite state. */
	| { readonly kind: 'contradiction'; readonly reason?: string }
	/** In neither list of an answer that was read whole. */
	| { readonly kind: 'unmentioned' }
	/** Every try of the request ended without an answer, and one of them may have been carried out. */
	| { readonly kind: 'unanswered'; readonly refusal: Refusal };

/** What is remembered of a seat while it is being settled. */
export interface History {
	/** Requests that named it and got an answer or were given up. */
	readonly asked: number;
	/** The most that a request for it may have done although its answer was never read. */
	readonly effect: Effect;
}

/** Asking again is harmless, but an answer that passes a user over twice will do so a third time. */
const MOST_ASKS = 2;

/**
 * The outcome of a doubtful seat after a look-up (`undefined`: none was made), or `askAgain` where one
 * more request may tell more. A look-up proves that a seat is in the wanted state; that it is not
 * proves nothing about a request that may still be under way, so that one is `unknown`, not `failed`.
 * That nobody of this name exists is no seat taken back: a mistyped leaver must not look done.
 */
export function decide(
	doubt: Doubt,
	finding: Finding | undefined,
	history: History,
	action: SeatAction,
): Outcome | 'askAgain' {
	const nobody = finding?.userUnknown === true;
	const refusedAsDone = doubt.kind === 'refused' && doubt.says === 'alreadyDone';
	if (nobody && action === 'Reclaim' && !refusedAsDone) return failed(NO_SUCH_USER);
	if (finding?.holding === wantedHolding(action)) {
		// Refused for another reason, the seat may be one that this very answer confirms under another name.
		const unchanged = refusedAsDone && history.effect === 'none';
		return {
			status: 'succeeded',
			details: finding.details,
			...(unchanged ? { unchanged: true } : {}),
		};
	}
	const looked = finding?.holding !== undefined;
	const again = history.asked < MOST_ASKS && !nobody;
	/** The seat is not as wanted; it stays so unless a request is still under way. */
	const asItIs = (reason: string, from: { httpStatus?: number } = {}, seen = ''): Outcome =>
		history.effect === 'underWay'
			? unknown(reason, NO_CHANGE_YET, from)
			: failed(reason + seen, from.httpStatus);
	switch (doubt.kind) {
		case 'refused':
			if (doubt.says === 'alreadyDone' && looked) {
				return again ? 'askAgain' : unknown(doubt.reason, 'A look-up shows the opposite', doubt);
			}
			return looked
				? asItIs(doubt.reason, doubt)
				: unknown(doubt.reason, notLooked(finding), doubt);
		case 'contradiction': {
			const reason = doubt.reason ?? 'The Store both confirmed and refused this seat';
			return looked ? asItIs(reason) : unknown(reason, notLooked(finding));
		}
		case 'unmentioned':
			if (again) return 'askAgain';
			return looked
				? asItIs(NOT_NAMED, {}, ', and a look-up shows no change')
				: unknown(NOT_NAMED, notLooked(finding));
		case 'unanswered':
			if (
				history.effect === 'none' ||
				(history.effect === 'unlikely' && isBelieved(doubt.refusal, finding))
			) {
				return failed(doubt.refusal.words, doubt.refusal.httpStatus);
			}
			return unknown(
				doubt.refusal.words,
				looked ? NO_CHANGE_YET : notLooked(finding),
				doubt.refusal,
			);
	}
}

/**
 * Whether a service that says it did not take a request up can be taken at its word: a look-up shows
 * that nothing was done, or is not taken up either, as with a service that is down; or it says when it
 * will be back.
 */
const isBelieved = ({ kind }: Refusal, finding: Finding | undefined): boolean =>
	kind === 'paused' || finding?.holding !== undefined || isDown(finding?.refusal);

const isDown = (refusal: Refusal | undefined): boolean =>
	refusal?.kind === 'unanswered' &&
	(refusal.httpStatus === undefined || refusal.effect === 'unlikely' || refusal.effect === 'none');

const NO_SUCH_USER = 'The Store knows no such user';
const NOT_NAMED = 'The Store answered without naming this user';
const NO_CHANGE_YET = 'A look-up shows no change so far';

function unknown(what: string, then: string, from: { httpStatus?: number } = {}): Outcome {
	return {
		status: 'unknown',
		failureReason: `${sentence(what)} ${sentence(then)} Run the workflow again: a seat that is right already is left as it is.`,
		...(from.httpStatus === undefined ? {} : { httpStatus: from.httpStatus }),
	};
}

const notLooked = (finding: Finding | undefined): string =>
	finding?.refusal === undefined
		? 'The seat was not looked up, because the run ended early'
		: `Looking the seat up did not tell either: ${finding.refusal.words}`;

const sentence = (words: string): string => (/[.!?…]$/.test(words) ? words : `${words}.`);
