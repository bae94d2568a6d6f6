import type { Lanes } from './lanes';
import type { Holding, ProductKey, Seat, SeatAction, SeatDetails } from './seat';
import { holdingOf, sameProduct } from './seat';
import type { Refusal, SeatService } from './service';
import { isObjectId, nameKey } from './usernames';

/** What a look-up showed; `undefined` holding: it showed nothing, and `refusal` says why. */
export interface Finding {
	readonly holding: Holding | undefined;
	readonly details: SeatDetails;
	readonly userUnknown?: boolean;
	readonly refusal?: Refusal;
}

/** What a look-up has to know of the run. */
export interface LookUpTerms {
	/** Asked before each request: a reason to send no more. */
	readonly whyNot: () => Refusal | undefined;
	/** The service refused the seat because the product has none left. */
	readonly outOfSeats: (seat: Seat) => boolean;
}

/**
 * Looks up whether users hold a seat of one product, in as few requests as can be known beforehand:
 * the list of the product's seats where it serves many users at once, one request a user otherwise.
 * Guarantees a finding for every seat asked about; what the service does not answer is found
 * inconclusive. No more are sent once it is clear that none will be answered.
 */
export async function lookUp(
	key: ProductKey,
	seats: readonly Seat[],
	action: SeatAction,
	service: SeatService,
	lanes: Lanes,
	terms: LookUpTerms,
): Promise<Map<Seat, Finding>> {
	const findings = new Map<Seat, Finding>();
	let open = seats;
	let givenUp: Refusal | undefined;
	if (seats.length > LIST_PAYS_FROM) {
		const listed = await fromList(key, seats, action, service, lanes, terms, findings);
		open = listed.open;
		// A list that is refused may be no more than that; a service out of reach answers nobody.
		const { refusal } = listed;
		if (concernsAll(refusal) || isOutOfReach(refusal)) givenUp = refusal;
	}
	let unansweredInARow = 0;
	await Promise.all(
		open.map((seat) =>
			lanes.run(async () => {
				const whyNot = givenUp ?? terms.whyNot();
				if (whyNot !== undefined) {
					findings.set(seat, { holding: undefined, details: {}, refusal: whyNot });
					return;
				}
				const finding = await fromSeat(key, seat, service);
				const { refusal } = finding;
				unansweredInARow = refusal?.kind === 'unanswered' ? unansweredInARow + 1 : 0;
				if (concernsAll(refusal) || unansweredInARow >= UNANSWERED_IN_A_ROW) givenUp = refusal;
				findings.set(seat, finding);
			}, 'urgent'),
		),
	);
	return findings;
}

/** One user's look-up that gets no answer may be about that user; several in a row are not. */
const UNANSWERED_IN_A_ROW = 3;

/** A look-up refused for its name (400, 414 …) says nothing of the others; no token and no right do. */
const concernsAll = (refusal: Refusal | undefined): boolean =>
	refusal !== undefined &&
	(refusal.kind === 'refused'
		? refusal.httpStatus === 403 || refusal.httpStatus === 409
		: refusal.kind !== 'unanswered');

/** Every try ended without so much as a status. */
const isOutOfReach = (refusal: Refusal | undefined): boolean =>
	refusal?.kind === 'unanswered' && refusal.httpStatus === undefined;

/** Two seats are two requests; a list is one at best and says less. */
const LIST_PAYS_FROM = 2;

async function fromSeat(key: ProductKey, seat: Seat, service: SeatService): Promise<Finding> {
	const reply = await service.seat(key, seat.name);
	switch (reply.kind) {
		case 'seat':
			return { holding: reply.holding, details: reply.details };
		case 'noSeat':
			return { holding: 'notHeld', details: {}, userUnknown: reply.userUnknown };
		case 'inconclusive':
			return { holding: undefined, details: {}, refusal: reply.refusal };
	}
}

/**
 * Reads the product's seats page by page and takes out whom it finds; returns who is left, and why the
 * reading ended if the service ended it. How many pages there are is unknown, so reading goes on only
 * while it pays: for an Assign, while a page settles at least one user on the average, or while users
 * are left who were refused for want of seats; in any case for no more pages than half the users.
 *
 * Absence proves something once the whole list was read and names everybody by the kind of name asked
 * for: of a Reclaim that the seat is gone, of an Assign refused for want of seats that the user, too,
 * went without. Of any other Assign it proves nothing.
 */
async function fromList(
	key: ProductKey,
	seats: readonly Seat[],
	action: SeatAction,
	service: SeatService,
	lanes: Lanes,
	{ outOfSeats }: LookUpTerms,
	findings: Map<Seat, Finding>,
): Promise<{ readonly open: readonly Seat[]; readonly refusal?: Refusal }> {
	const open = new Map(seats.map((seat) => [nameKey(seat.name), seat]));
	const seenTokens = new Set<string>();
	let token: string | undefined;
	let someoneUnnamed = false;
	let refusal: Refusal | undefined;
	const provedByAbsence = (seat: Seat): boolean => action === 'Reclaim' || outOfSeats(seat);
	/** Listed, but not in a state that says anything. */
	const undecided = new Set<string>();
	for (let pages = 1; open.size > 0; pages++) {
		const page = await lanes.run(async () => await service.seatPage(key, token), 'urgent');
		if (page.kind === 'inconclusive') {
			({ refusal } = page);
			break;
		}
		for (const details of page.seats) {
			const foreign = details.productKey !== undefined && !sameProduct(key, details.productKey);
			if (details.assignedTo === undefined || foreign) {
				someoneUnnamed = true;
				continue;
			}
			const user = nameKey(details.assignedTo);
			const seat = open.get(user);
			const holding = holdingOf(details.state);
			if (seat === undefined) {
				someoneUnnamed ||= isObjectId(user);
			} else if (holding !== undefined) {
				findings.set(seat, { holding, details });
				open.delete(user);
			} else {
				undecided.add(user);
			}
		}
		token = page.continuationToken;
		if (token === undefined) {
			if (!someoneUnnamed) {
				for (const [user, seat] of open) {
					if (isObjectId(user) || undecided.has(user) || !provedByAbsence(seat)) continue;
					findings.set(seat, { holding: 'notHeld', details: {} });
					open.delete(user);
				}
			}
			break;
		}
		const found = seats.length - open.size;
		const pays = found >= pages || [...open.values()].some(provedByAbsence);
		if (!pays || pages * 2 >= seats.length || seenTokens.has(token)) break;
		seenTokens.add(token);
	}
	return { open: [...open.values()], refusal };
}
