import type { BulkAnswer } from './matching';
import type { Holding, ProductKey, SeatAction, SeatDetails } from './seat';

/** From the least to the most. */
const EFFECTS = ['none', 'unlikely', 'possible', 'underWay'] as const;

/**
 * What a request without a readable answer may have done. `unlikely`: the service said that it did not
 * take the request up (503, 408), which a gateway may say of a request that it had passed on.
 * `possible`: it came to an end, and may have done its work. `underWay`: it may do it even now.
 */
export type Effect = (typeof EFFECTS)[number];

/** The greater of two effects. */
export const greaterEffect = (a: Effect, b: Effect): Effect =>
	EFFECTS.indexOf(a) > EFFECTS.indexOf(b) ? a : b;

/** A request that the service refused, or that was given up, in words that a person can use. */
export interface Refusal {
	/**
	 * `refused`: a final answer. `unanswered`: every try ended without one. `signIn`: no token was to
	 * be had, or the service rejects it; `signInUnanswered`: whoever gives tokens did not answer.
	 * `paused`: the service asks for a longer pause than this run may wait. `stopped`: the run was ended
	 * from outside.
	 */
	readonly kind: 'refused' | 'unanswered' | 'signIn' | 'signInUnanswered' | 'paused' | 'stopped';
	/** Only where the service answered with one. */
	readonly httpStatus?: number;
	/** The service's own words where it gave any, otherwise what happened; a sentence without a stop. */
	readonly words: string;
	/** What the service could not find, where it said so. */
	readonly missing?: 'inventory' | 'user' | 'seat';
	/** The parameter that a 400 complains of, in lower case, where it said so. */
	readonly parameter?: string;
	/** The most that any try may have done although no answer told so. */
	readonly effect: Effect;
}

/** Nothing is sent any more, and no refusal says why: the execution was ended from outside. */
export const STOPPED: Refusal = {
	kind: 'stopped',
	words: 'The execution was stopped',
	effect: 'none',
};

export type ChangeReply =
	| {
			readonly kind: 'answered';
			readonly answer: BulkAnswer;
			/** The most that an earlier try of the same request may have done. */
			readonly effect: Effect;
	  }
	| { readonly kind: 'refused'; readonly refusal: Refusal }
	/** Nothing was sent: it was no longer wanted when its turn came, or `because` something ended the run. */
	| { readonly kind: 'notSent'; readonly because?: Refusal };

export type SeatReply =
	| { readonly kind: 'seat'; readonly holding: Holding; readonly details: SeatDetails }
	| { readonly kind: 'noSeat'; readonly userUnknown: boolean }
	| { readonly kind: 'inconclusive'; readonly refusal: Refusal };

export type SeatPageReply =
	| {
			readonly kind: 'page';
			readonly seats: readonly SeatDetails[];
			readonly continuationToken?: string;
	  }
	| { readonly kind: 'inconclusive'; readonly refusal: Refusal };

/** What the domain needs of the Store. Repeats, pauses and their limits are the service's business. */
export interface SeatService {
	/** One bulk request; `stillWanted` is asked right before each try. */
	change(
		key: ProductKey,
		action: SeatAction,
		usernames: readonly string[],
		stillWanted: () => boolean,
	): Promise<ChangeReply>;
	/** Looks one seat up. */
	seat(key: ProductKey, username: string): Promise<SeatReply>;
	/** One page of a product's seats, as large as the service allows. */
	seatPage(key: ProductKey, continuationToken?: string): Promise<SeatPageReply>;
}
