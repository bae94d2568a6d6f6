import type { SeatAction } from './seat';

/**
 * What a refusal inside an answer means for the seat. The wording is not published, so only two
 * kinds are taken at their word: a user whom the Store does not know and a name that cannot be one
 * have no seat. Everything else is looked up, since "no seats left" is also what a service may say
 * to somebody who holds one.
 */
export type ReasonKind = 'alreadyDone' | 'unknownUser' | 'badName' | 'unclear';

const ABOUT_SEATS = /seat|licen[cs]e|assign|entitle|available|capacity|quota/i;
const ABOUT_USERS = /user|account|principal|upn|member|person|identity/i;
/** The words are about a user, whatever else they name. */
export const speaksOfUsers = (words: string): boolean => ABOUT_USERS.test(words);

const NOT_THERE =
	/not\s*(?:be\s*|been\s*)?found|unknown|n[o']t\s*exist|no\s*such|unable to find|not\s*recogni[sz]ed|not (?:part of|in) (?:the |this |your )?(?:directory|tenant|organi[sz]ation)/i;
const BADLY_FORMED = /invalid|malformed|not\s*(?:a\s*)?valid|badly\s*formed|format|syntax/i;
const ALREADY_ASSIGNED = /already|duplicate/i;
const NOTHING_TO_RECLAIM =
	/(?:no|not|n't|without|never|already|missing)\b.*(?:seat|licen[cs]e|assign|reclaim|revok)|(?:seat|licen[cs]e|assign\w*)\b.*(?:not|n't|no\b|already|missing)|SeatNotFound|NotAssigned|NoSeat/i;

/** Reads the service's words about one name. Guesses nothing: what does not fit is `unclear`. */
export function reasonKind(words: string, action: SeatAction): ReasonKind {
	const done = action === 'Assign' ? ALREADY_ASSIGNED : NOTHING_TO_RECLAIM;
	if (done.test(words)) return 'alreadyDone';
	if (!ABOUT_SEATS.test(words) && ABOUT_USERS.test(words)) {
		if (NOT_THERE.test(words)) return 'unknownUser';
		if (BADLY_FORMED.test(words)) return 'badName';
	}
	return 'unclear';
}

const OUT_OF_SEATS =
	/(?:no|not enough|insufficient|0)\s+(?:more\s+|free\s+|available\s+|remaining\s+)*(?:seat|licen[cs]e)s?|(?:seat|licen[cs]e)s?\b[^.]*\b(?:exhausted|used up|not available|unavailable|limit|ran out)|NoSeatsAvailable|InsufficientSeats/i;

/** The refusal of an Assign says that the product has no seat left to give. */
export const saysOutOfSeats = (words: string): boolean => OUT_OF_SEATS.test(words);
