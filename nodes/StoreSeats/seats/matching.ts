import type { ProductKey, Seat, SeatAction, SeatDetails } from './seat';
import { holdingOf, sameProduct, wantedHolding } from './seat';
import { composedKey, nameKey } from './usernames';

/** The service's BulkSeatOperationResultSet after reading; entries that name nobody are gone. */
export interface BulkAnswer {
	readonly details: readonly SeatDetails[];
	readonly refused: ReadonlyArray<{
		readonly userName: string;
		readonly failureReason: string;
		readonly productKey?: Partial<ProductKey>;
	}>;
}

/** What one answer says about one of the seats that were asked for. */
export type Verdict =
	| { readonly kind: 'confirmed'; readonly details: SeatDetails }
	| { readonly kind: 'refused'; readonly reason: string }
	| { readonly kind: 'contradiction'; readonly reason?: string }
	| { readonly kind: 'unmentioned' };

/**
 * Holds an answer against the seats that were asked for, by user and never by position. Guarantees
 * one verdict for each seat asked for and none for anybody else, whatever order, casing or braces
 * the answer uses and however often it repeats somebody. A user under another identifier (an object
 * id for a UPN) is `unmentioned`: who that is would be a guess.
 */
export function matchAnswer(
	seats: readonly Seat[],
	answer: BulkAnswer,
	action: SeatAction,
): Map<Seat, Verdict> {
	const seatByUser = new Map(seats.map((seat) => [nameKey(seat.name), seat]));
	// Made for the first name that matches nobody as it is written; most answers have none.
	let seatByComposed: ReadonlyMap<string, Seat> | undefined;
	const verdicts = new Map<Seat, Verdict>(seats.map((seat) => [seat, { kind: 'unmentioned' }]));

	const say = (userName: string, key: Partial<ProductKey> | undefined, verdict: Verdict): void => {
		const user = nameKey(userName.trim());
		const seat =
			seatByUser.get(user) ?? (seatByComposed ??= unambiguous(seats)).get(composedKey(user));
		if (seat === undefined || (key !== undefined && !sameProduct(seat.key, key))) return;
		verdicts.set(seat, combine(verdicts.get(seat), verdict));
	};

	for (const details of answer.details) {
		if (details.assignedTo !== undefined) {
			say(details.assignedTo, details.productKey, verdictOf(details, action));
		}
	}
	for (const { userName, productKey, failureReason } of answer.refused) {
		say(userName, productKey, { kind: 'refused', reason: failureReason });
	}
	return verdicts;
}

/** The seats by the composed form of their names, but for those that become one by it. */
export function unambiguous(seats: readonly Seat[]): ReadonlyMap<string, Seat> {
	const byName = new Map<string, Seat | undefined>();
	for (const seat of seats) {
		const composed = composedKey(seat.name);
		byName.set(composed, byName.has(composed) ? undefined : seat);
	}
	return new Map([...byName].flatMap(([name, seat]) => (seat === undefined ? [] : [[name, seat]])));
}

/** A detail without a state is a confirmation: the list it stands in is the list of what was done. */
function verdictOf(details: SeatDetails, action: SeatAction): Verdict {
	if (details.state === undefined || holdingOf(details.state) === wantedHolding(action)) {
		return { kind: 'confirmed', details };
	}
	return { kind: 'contradiction', reason: `The Store answered with the state "${details.state}"` };
}

function combine(before: Verdict | undefined, next: Verdict): Verdict {
	if (before === undefined || before.kind === 'unmentioned') return next;
	if (before.kind === next.kind) return before;
	return { kind: 'contradiction', reason: reasonOf(before) ?? reasonOf(next) };
}

const reasonOf = (verdict: Verdict): string | undefined =>
	verdict.kind === 'refused' || verdict.kind === 'contradiction' ? verdict.reason : undefined;
