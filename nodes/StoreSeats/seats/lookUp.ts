import type { Lanes } from './lanes';
import { unambiguous } from './matching';
import type { Holding, ProductKey, Seat, SeatAction, SeatDetails } from './seat';
import { holdingOf, sameProduct } from './seat';
import type { Refusal, SeatService } from './service';
import { composedKey, isObjectId } from './usernames';

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
	let listIsOutOfReach = false;
	if (seats.length > LIST_PAYS_FROM) {
		const listed = await fromList(key, seats, action, service, lanes, terms, findings);
		open = listed.open;
		if (concernsAll(listed.refusal)) givenUp = listed.refusal;
		listIsOutOfReach = isOutOfReach(listed.refusal);
	}
	let unansweredInARow = 0;
	const lookUpOne = async (seat: Seat): Promise<void> =>
		await lanes.run(async () => {
			const whyNot = givenUp ?? terms.whyNot();
			if (whyNot !== undefined) {
				findings.set(seat, { holding: undefined, details: {}, refusal: whyNot });
				return;
			}
			const finding = await fromSeat(key, seat, service);
			const { refusal } = finding;
			unansweredInARow = refusal?.kind === 'unanswered' ? unansweredInARow + 1 : 0;
			const outOfReach = listIsOutOfReach && isOutOfReach(refusal);
			if (concernsAll(refusal) || outOfReach || unansweredInARow >= UNANSWERED_IN_A_ROW) {
				givenUp = refusal;
			}
			findings.set(seat, finding);
		}, 'urgent');
	// A long list may be slow where a single seat is not; a service out of reach answers neither.
	const first = listIsOutOfReach ? open.slice(0, 1) : [];
	await Promise.all(first.map(lookUpOne));
	await Promise.all(open.slice(first.length).map(lookUpOne));
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
	// Of two names that become one by composing, neither can be told in the list.
	const open = new Map(unambiguous(seats));
	const unsought = seats.filter((seat) => !open.has(composedKey(seat.name)));
	const seenTokens = new Set<string>();
	let token: string | undefined;
	let someoneUnnamed = false;
	let refusal: Refusal | undefined;
	/** Listed, but not in a state that says anything. */
	const undecided = new Set<string>();
	const provedByAbsence = (user: string, seat: Seat): boolean =>
		!someoneUnnamed &&
		!isObjectId(user) &&
		!undecided.has(user) &&
		(action === 'Reclaim' || outOfSeats(seat));
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
			const user = composedKey(details.assignedTo);
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
			for (const [user, seat] of open) {
				if (!provedByAbsence(user, seat)) continue;
				findings.set(seat, { holding: 'notHeld', details: {} });
				open.delete(user);
			}
			break;
		}
		const found = seats.length - open.size;
		const pays = found >= pages || [...open].some(([user, seat]) => provedByAbsence(user, seat));
		if (!pays || pages * 2 >= seats.length || seenTokens.has(token)) break;
		seenTokens.add(token);
	}
	return { open: [...open.values(), ...unsought], refusal };
}
