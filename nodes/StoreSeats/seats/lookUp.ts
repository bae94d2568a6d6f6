import type { Lanes } from './lanes';
import type { Holding, ProductKey, Seat, SeatAction, SeatDetails } from './seat';
import { holdingOf, sameProduct, wantedHolding } from './seat';
import type { Refusal, SeatService } from './service';
import { isObjectId, nameKey } from './usernames';

/** What a look-up showed; `undefined` holding: it showed nothing, and `refusal` says why. */
export interface Finding {
	readonly holding: Holding | undefined;
	readonly details: SeatDetails;
	readonly userUnknown?: boolean;
	readonly refusal?: Refusal;
}

/**
 * Looks up whether users hold a seat of one product, in as few requests as can be known beforehand:
 * the list of the product's seats where it serves many users at once, one request a user otherwise.
 * Guarantees a finding for every seat asked about; what the service does not answer is found
 * inconclusive. After one look-up without an answer, or once the run is halted, no more are sent.
 */
export async function lookUp(
	key: ProductKey,
	seats: readonly Seat[],
	action: SeatAction,
	service: SeatService,
	lanes: Lanes,
	halted: () => Refusal | undefined,
): Promise<Map<Seat, Finding>> {
	const findings = new Map<Seat, Finding>();
	let open = seats;
	if (seats.length > LIST_PAYS_FROM) {
		open = await fromList(key, seats, action, service, lanes, findings);
	}
	let givenUp: Refusal | undefined;
	await Promise.all(
		open.map((seat) =>
			lanes.run(async () => {
				const whyNot = givenUp ?? halted();
				if (whyNot !== undefined) {
					findings.set(seat, { holding: undefined, details: {}, refusal: whyNot });
					return;
				}
				const finding = await fromSeat(key, seat, service);
				if (concernsAll(finding.refusal)) givenUp = finding.refusal;
				findings.set(seat, finding);
			}, 'urgent'),
		),
	);
	return findings;
}

/** A look-up refused for its name (400, 414 …) says nothing of the others; no answer and no right do. */
const concernsAll = (refusal: Refusal | undefined): boolean =>
	refusal !== undefined &&
	(refusal.kind !== 'refused' || refusal.httpStatus === 403 || refusal.httpStatus === 409);

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
 * Reads the product's seats page by page and takes out whom it finds; returns who is left. How many
 * pages there are is unknown, so reading goes on only while it pays: for an Assign, while a page
 * settles at least one user on the average; in any case for no more pages than half the users.
 * Absence from a list proves nothing for an Assign (the user may stand there under an object id); for
 * a Reclaim it does once the whole list was read and names everybody by the kind of name asked for.
 */
async function fromList(
	key: ProductKey,
	seats: readonly Seat[],
	action: SeatAction,
	service: SeatService,
	lanes: Lanes,
	findings: Map<Seat, Finding>,
): Promise<readonly Seat[]> {
	const open = new Map(seats.map((seat) => [nameKey(seat.name), seat]));
	const seenTokens = new Set<string>();
	let token: string | undefined;
	let someoneUnnamed = false;
	/** Listed, but not in a state that says anything. */
	const undecided = new Set<string>();
	for (let pages = 1; open.size > 0; pages++) {
		const page = await lanes.run(async () => await service.seatPage(key, token), 'urgent');
		if (page.kind === 'inconclusive') break;
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
			if (wantedHolding(action) === 'notHeld' && !someoneUnnamed) {
				for (const [user, seat] of open) {
					if (isObjectId(user) || undecided.has(user)) continue;
					findings.set(seat, { holding: 'notHeld', details: {} });
					open.delete(user);
				}
			}
			break;
		}
		const found = seats.length - open.size;
		const pays = action === 'Reclaim' || found >= pages;
		if (!pays || pages * 2 >= seats.length || seenTokens.has(token)) break;
		seenTokens.add(token);
	}
	return [...open.values()];
}
