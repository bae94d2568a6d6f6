import type { Outcome, ProductKey, Seat } from './seat';
import { nameKey, unsendable } from './usernames';

/** What one row asked for, and what became of it. */
export interface SeatResult {
	/** Index of the input row that asked. */
	readonly row: number;
	readonly productId: string;
	readonly skuId: string;
	/** The name as that row gave it, trimmed; empty if the row had none that could be used. */
	readonly username: string;
	readonly outcome: Outcome;
}

/** All seats of one product and SKU, each user once. */
export interface SeatGroup {
	readonly key: ProductKey;
	readonly seats: readonly Seat[];
}

interface Ask {
	readonly row: number;
	readonly key: ProductKey;
	readonly username: string;
	/** The seat that answers this ask, or the outcome of an ask that is never sent. */
	readonly answer: Seat | Outcome;
}

const NEVER_REACHED: Outcome = {
	status: 'unknown',
	failureReason: 'The run ended before the outcome of this seat was known. Run the workflow again',
};

/**
 * The book of a run. Each row's asks go in, each ask comes out once, in the order in which it went
 * in, with exactly one outcome: an ask cannot be added without coming out, a second outcome for a
 * seat is refused, and a seat that nobody settled comes out as `unknown`.
 */
export class SeatLedger {
	private readonly asks: Ask[] = [];
	private readonly seatsByGroup = new Map<string, { key: ProductKey; seats: Map<string, Seat> }>();
	private readonly outcomes = new Map<Seat, Outcome>();
	private readonly onSettled?: (seat: Seat, outcome: Outcome) => void;

	constructor(onSettled?: (seat: Seat, outcome: Outcome) => void) {
		this.onSettled = onSettled;
	}

	/**
	 * Asks for a seat for each of a row's names; a name twice in one row counts once. With `rowRefused`
	 * nothing of the row is sent, and each of its seats fails with these words.
	 */
	ask(row: number, key: ProductKey, usernames: readonly string[], rowRefused?: string): void {
		const inThisRow = new Set<string>();
		for (const username of usernames) {
			const user = nameKey(username);
			if (inThisRow.has(user)) continue;
			inThisRow.add(user);
			const refused = rowRefused ?? unsendable(username);
			if (refused !== undefined) {
				this.refuse(row, key, username, refused);
				continue;
			}
			const group = this.groupOf(key);
			let seat = group.seats.get(user);
			if (seat === undefined) {
				seat = { key: group.key, name: username };
				group.seats.set(user, seat);
			}
			this.asks.push({ row, key, username, answer: seat });
		}
	}

	/** Records an ask that is refused here and never sent. */
	refuse(row: number, key: ProductKey, username: string, failureReason: string): void {
		this.asks.push({ row, key, username, answer: { status: 'failed', failureReason } });
	}

	/** The groups in the order in which rows first asked for them. */
	groups(): SeatGroup[] {
		return [...this.seatsByGroup.values()]
			.filter(({ seats }) => seats.size > 0)
			.map(({ key, seats }) => ({ key, seats: [...seats.values()] }));
	}

	/** The number of distinct seats that are to be sent. */
	get seatCount(): number {
		let count = 0;
		for (const { seats } of this.seatsByGroup.values()) count += seats.size;
		return count;
	}

	/** Records the outcome of a seat. The first one stands: returns false if there was one. */
	settle(seat: Seat, outcome: Outcome): boolean {
		if (this.outcomes.has(seat)) return false;
		this.outcomes.set(seat, outcome);
		this.onSettled?.(seat, outcome);
		return true;
	}

	isSettled(seat: Seat): boolean {
		return this.outcomes.has(seat);
	}

	/** Every ask, once, in the order asked. */
	results(): SeatResult[] {
		return this.asks.map(({ row, key, username, answer }) => ({
			row,
			...key,
			username,
			outcome: 'status' in answer ? answer : (this.outcomes.get(answer) ?? NEVER_REACHED),
		}));
	}

	/** How many distinct seats this run has changed so far: confirmed, and not as they were before. */
	changedSeats(): number {
		let count = 0;
		for (const outcome of this.outcomes.values()) {
			if (outcome.status === 'succeeded' && !outcome.unchanged) count++;
		}
		return count;
	}

	/** How many distinct seats came to no certain outcome. */
	unknownSeats(): number {
		let count = 0;
		for (const { seats } of this.seatsByGroup.values()) {
			for (const seat of seats.values()) {
				if ((this.outcomes.get(seat) ?? NEVER_REACHED).status === 'unknown') count++;
			}
		}
		return count;
	}

	private groupOf(key: ProductKey) {
		// Links write ids in lower case; the same seat must not be asked for twice for that.
		const id = `${key.productId}/${key.skuId}`.toUpperCase();
		let group = this.seatsByGroup.get(id);
		if (group === undefined) {
			group = { key, seats: new Map() };
			this.seatsByGroup.set(id, group);
		}
		return group;
	}
}
