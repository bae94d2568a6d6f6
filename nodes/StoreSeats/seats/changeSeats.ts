import { decide, type Doubt, type History } from './decide';
import { Isolation } from './isolation';
import type { Lanes } from './lanes';
import type { SeatGroup, SeatLedger } from './ledger';
import { lookUp, type Finding } from './lookUp';
import { matchAnswer, type BulkAnswer } from './matching';
import { reasonKind, saysOutOfSeats, speaksOfUsers } from './reasons';
import { failed, type Outcome, type ProductKey, type Seat, type SeatAction } from './seat';
import { greaterEffect, STOPPED, type Refusal, type SeatService } from './service';
import { isObjectId } from './usernames';

export interface ChangeOptions {
	readonly action: SeatAction;
	/** Names in one request, 1 to 25. */
	readonly batchSize: number;
	/** How long to keep asking for users whom the Store does not know yet. */
	readonly retryUnknownUsersMs: number;
	/** Send nothing more, for any product, once a whole request was refused or given up. */
	readonly haltAtRefusal: boolean;
	/** After this many requests given up in a row the service is taken to be out of reach. */
	readonly haltAfterUnanswered: number;
}

/** Time and chance, passed in so that a run can be repeated. */
export interface Waiting {
	nowMs(): number;
	sleep(ms: number): Promise<void>;
	/** In [0, 1). */
	random(): number;
}

/** A request that was refused or given up as a whole. */
export interface RequestRefusal {
	readonly key: ProductKey;
	readonly refusal: Refusal;
}

/** A user who was created a minute ago is often known seconds later, sometimes a minute. */
const FIRST_UNKNOWN_USER_PAUSE_MS = 2_000;
const LONGEST_UNKNOWN_USER_PAUSE_MS = 30_000;
/** Before asking again for whom an answer passed over: whatever swallowed the name may be over. */
const ASK_AGAIN_PAUSE_MS = 1_000;

interface Run {
	readonly ledger: SeatLedger;
	readonly service: SeatService;
	readonly lanes: Lanes;
	readonly options: ChangeOptions;
	readonly waiting: Waiting;
	readonly refusals: RequestRefusal[];
	/** Requests, one after another, that got no answer and of which a look-up shows no effect. */
	inVainInARow: number;
	/** Set once no seat is to be asked for any more, for any product. Look-ups of what was sent go on. */
	halted?: Refusal;
	/** Set once look-ups are of no use either: there is no token, or nobody answers. */
	blind?: Refusal;
}

/**
 * Brings every seat of the ledger to an outcome: batches, division of refused batches, look-ups,
 * users who are not known yet. Whatever the service answers, each seat is settled when this returns,
 * even if the service port breaks its word and throws. Returns the requests that were refused or given
 * up as a whole, in the order in which that happened.
 */
export async function changeSeats(
	ledger: SeatLedger,
	service: SeatService,
	lanes: Lanes,
	options: ChangeOptions,
	waiting: Waiting,
): Promise<readonly RequestRefusal[]> {
	const run: Run = {
		ledger,
		service: guarded(service),
		lanes,
		options,
		waiting,
		refusals: [],
		inVainInARow: 0,
	};
	await Promise.all(
		ledger.groups().map(async (group) => await new GroupChange(run, group).bringToOutcome()),
	);
	return run.refusals;
}

/** What is thrown in the middle of a run must not lose what the other requests came to. */
function guarded(service: SeatService): SeatService {
	const broken = (thrown: unknown): Refusal => ({
		kind: 'unanswered',
		words: thrown instanceof Error ? thrown.message : String(thrown),
		effect: 'underWay',
	});
	return {
		change: async (...asked) =>
			await service
				.change(...asked)
				.catch((thrown: unknown) => ({ kind: 'refused', refusal: broken(thrown) }) as const),
		seat: async (...asked) =>
			await service
				.seat(...asked)
				.catch((thrown: unknown) => ({ kind: 'inconclusive', refusal: broken(thrown) }) as const),
		seatPage: async (...asked) =>
			await service
				.seatPage(...asked)
				.catch((thrown: unknown) => ({ kind: 'inconclusive', refusal: broken(thrown) }) as const),
	};
}

/** Seats of a request that may have been carried out although no answer was read. */
interface Unanswered {
	readonly seats: readonly Seat[];
	readonly refusal: Refusal;
}

type Sent =
	| { readonly kind: 'settledOrNoted' }
	/** Refused because of somebody in it. */
	| { readonly kind: 'refusedForNames'; readonly refusal: Refusal }
	| ({ readonly kind: 'unanswered' } & Unanswered);

const SETTLED: Sent = { kind: 'settledOrNoted' };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The seats of one product and SKU. */
class GroupChange {
	private readonly histories = new Map<Seat, Mutable<History>>();
	private readonly doubts = new Map<Seat, Doubt>();
	/** Asked for once more: what was in doubt, and what a look-up had shown. */
	private readonly askedAgain = new Map<Seat, { doubt: Doubt; finding: Finding | undefined }>();
	/** Refused because the product has none left. */
	private readonly outOfSeats = new Set<Seat>();
	/** Users whom the Store does not know and who are to be asked for again. */
	private unknownUsers: Seat[] = [];
	/** What the Store last said of them: it stands if it stays so. */
	private readonly saidOfUnknown = new Map<Seat, Outcome>();
	/** Set once the service refused the product itself. */
	private refused?: Refusal;

	constructor(
		private readonly run: Run,
		private readonly group: SeatGroup,
	) {}

	async bringToOutcome(): Promise<void> {
		await this.ask(this.group.seats);
		await this.settleDoubts();
		await this.awaitUnknownUsers();
	}

	/** The first batch goes ahead of the others: if the product is refused, only it was sent. */
	private async ask(seats: readonly Seat[]): Promise<void> {
		const { batchSize } = this.run.options;
		await this.askBatch(seats.slice(0, batchSize));
		const others: Array<Promise<void>> = [];
		for (let start = batchSize; start < seats.length; start += batchSize) {
			others.push(this.askBatch(seats.slice(start, start + batchSize)));
		}
		await Promise.all(others);
	}

	private async askBatch(batch: readonly Seat[]): Promise<void> {
		const unanswered = await this.run.lanes.run(async () => await this.sendDividing(batch));
		// Outside the lane, since looking up takes lanes of its own.
		for (const { seats, refusal } of unanswered) await this.settleUnanswered(seats, refusal);
	}

	/** One batch, divided as often as the service refuses it because of somebody in it. */
	private async sendDividing(batch: readonly Seat[]): Promise<Unanswered[]> {
		const unanswered: Unanswered[] = [];
		const first = await this.send(batch);
		if (first.kind === 'unanswered') unanswered.push(first);
		if (first.kind !== 'refusedForNames' || batch.length === 1) return unanswered;
		const isolation = new Isolation(batch, pointedAt(batch, first.refusal));
		for (let part = isolation.next(); part !== undefined; part = isolation.next()) {
			const sent = await this.send(part);
			if (sent.kind === 'unanswered') unanswered.push(sent);
			isolation.report(sent.kind === 'refusedForNames' ? 'refused' : 'accepted');
		}
		return unanswered;
	}

	/** One request. A name that is refused alone is settled, or noted for later, here. */
	private async send(seats: readonly Seat[]): Promise<Sent> {
		const { run } = this;
		const reply = await run.service.change(
			this.group.key,
			run.options.action,
			seats.map((seat) => seat.name),
			() => run.halted === undefined && this.refused === undefined,
		);
		if (reply.kind === 'notSent') {
			if (reply.because !== undefined) this.heed(reply.because);
			for (const seat of seats) this.settleNotSent(seat);
			return SETTLED;
		}
		const effect = reply.kind === 'answered' ? reply.effect : reply.refusal.effect;
		for (const seat of seats) {
			const history = this.historyOf(seat);
			history.asked++;
			history.effect = greaterEffect(history.effect, effect);
		}
		if (reply.kind === 'answered') {
			run.inVainInARow = 0;
			this.read(seats, reply.answer);
			return SETTLED;
		}
		const { refusal } = reply;
		if (refusal.kind === 'refused') run.inVainInARow = 0;
		if (refusal.kind === 'refused' && (await this.concernsNames(refusal, seats))) {
			if (seats.length === 1) this.readRefusal(seats[0], refusal.words, refusal);
			return { kind: 'refusedForNames', refusal };
		}
		return this.giveUp(seats, refusal);
	}

	/** A 404 that does not say what it missed is settled by asking for the product's seats. */
	private async concernsNames(refusal: Refusal, seats: readonly Seat[]): Promise<boolean> {
		const aboutNames = isAboutNames(refusal, seats);
		if (aboutNames !== undefined) return aboutNames;
		const page = await this.run.service.seatPage(this.group.key);
		return page.kind === 'page';
	}

	/** A refusal that is nobody's in particular: of the product, of the sign-in, or no answer at all. */
	private giveUp(seats: readonly Seat[], refusal: Refusal): Sent {
		const { run } = this;
		if (refusal.kind === 'refused') {
			this.refused ??= refusal;
			this.noteRefusal(refusal);
		} else {
			this.heed(refusal);
		}
		const open = seats.filter((seat) => this.historyOf(seat).effect !== 'none');
		const untouched = seats.filter((seat) => this.historyOf(seat).effect === 'none');
		for (const seat of untouched) run.ledger.settle(seat, failedBy(refusal));
		if (untouched.length > 0 && refusal.kind !== 'refused') this.noteRefusal(refusal);
		if (refusal.kind === 'unanswered' && open.length === 0) this.countInVain(refusal, true);
		return open.length > 0 ? { kind: 'unanswered', seats: open, refusal } : SETTLED;
	}

	/** What concerns the whole run, wherever it was met: no token, no answer for a long while, the end. */
	private heed(refusal: Refusal): void {
		const { run } = this;
		if (refusal.kind === 'refused' || refusal.kind === 'unanswered' || run.blind) return;
		run.halted ??= refusal;
		run.blind = refusal;
		this.noteRefusal(refusal);
	}

	private noteRefusal(refusal: Refusal): void {
		const { run } = this;
		run.refusals.push({ key: this.group.key, refusal });
		if (run.options.haltAtRefusal) run.halted ??= refusal;
	}

	/**
	 * A service that answers nothing any more is given up. One that does the work and is slow to say so is
	 * not: every look-up that shows a seat as wanted starts the count anew.
	 */
	private countInVain(refusal: Refusal, canSee: boolean): void {
		const { run } = this;
		run.inVainInARow++;
		if (run.inVainInARow < run.options.haltAfterUnanswered) return;
		if (run.halted === undefined) this.noteRefusal(refusal);
		run.halted ??= refusal;
		if (!canSee) run.blind ??= refusal;
	}

	/** Looks at once, because whether the run may go on can depend on it. */
	private async settleUnanswered(seats: readonly Seat[], refusal: Refusal): Promise<void> {
		const findings = await this.lookAt(seats);
		let unsettled = false;
		let done = false;
		for (const seat of seats) {
			const doubt: Doubt = { kind: 'unanswered', refusal };
			const finding = findings.get(seat);
			const outcome = decide(doubt, finding, this.historyOf(seat), this.action);
			if (outcome === 'askAgain') continue;
			if (outcome.status === 'failed' && finding?.userUnknown) {
				this.refuseUnknownUser(seat, outcome);
				continue;
			}
			unsettled ||= outcome.status !== 'succeeded';
			done ||= outcome.status === 'succeeded';
			this.run.ledger.settle(seat, outcome);
		}
		const canSee = [...findings.values()].some(({ holding }) => holding !== undefined);
		if (done) this.run.inVainInARow = 0;
		else if (refusal.kind === 'unanswered') this.countInVain(refusal, canSee);
		if (unsettled) this.noteRefusal(refusal);
	}

	private read(seats: readonly Seat[], answer: BulkAnswer): void {
		for (const [seat, verdict] of matchAnswer(seats, answer, this.action)) {
			if (verdict.kind === 'confirmed') {
				this.run.ledger.settle(seat, { status: 'succeeded', details: verdict.details });
			} else if (verdict.kind === 'refused') {
				this.readRefusal(seat, verdict.reason);
			} else {
				this.doubts.set(seat, verdict);
			}
		}
	}

	/** The service's word on one name, inside an answer or (with `refusal`) refused alone. */
	private readRefusal(seat: Seat, reason: string, refusal?: Refusal): void {
		const outcome = failed(reason, refusal?.httpStatus);
		const says = refusal?.missing === 'user' ? 'unknownUser' : reasonKind(reason, this.action);
		if (says === 'unknownUser') {
			this.refuseUnknownUser(seat, outcome);
		} else if (
			says === 'badName' ||
			(refusal?.httpStatus === 400 && says === 'unclear' && this.historyOf(seat).effect === 'none')
		) {
			this.run.ledger.settle(seat, outcome);
		} else {
			if (this.action === 'Assign' && saysOutOfSeats(reason)) this.outOfSeats.add(seat);
			this.doubts.set(seat, { kind: 'refused', reason, says, httpStatus: refusal?.httpStatus });
		}
	}

	private refuseUnknownUser(seat: Seat, outcome: Outcome): void {
		if (this.run.options.retryUnknownUsersMs > 0) {
			this.unknownUsers.push(seat);
			this.saidOfUnknown.set(seat, outcome);
		} else {
			this.run.ledger.settle(seat, outcome);
		}
	}

	/** Looks up whatever the answers left open, and asks once more where that may tell more. */
	private async settleDoubts(): Promise<void> {
		while (this.doubts.size > 0) {
			const doubtful = [...this.doubts];
			this.doubts.clear();
			const findings = await this.lookAt(doubtful.map(([seat]) => seat));
			const again: Seat[] = [];
			for (const [seat, doubt] of doubtful) {
				const finding = findings.get(seat);
				const history = this.historyOf(seat);
				const ended = this.run.halted ?? this.refused;
				const asked = ended === undefined ? history.asked : Infinity;
				const outcome = decide(doubt, finding, { ...history, asked }, this.action);
				if (outcome === 'askAgain') {
					// The request that raised the doubt was answered, so whatever it did, it did.
					history.effect = greaterEffect(history.effect, 'possible');
					this.askedAgain.set(seat, { doubt, finding });
					again.push(seat);
				} else if (outcome.status === 'failed' && finding?.userUnknown) {
					this.refuseUnknownUser(seat, outcome);
				} else {
					this.run.ledger.settle(seat, outcome);
				}
			}
			if (again.length === 0) continue;
			await this.run.waiting.sleep(this.jittered(ASK_AGAIN_PAUSE_MS));
			await this.ask(again);
		}
	}

	private async lookAt(seats: readonly Seat[]): Promise<Map<Seat, Finding>> {
		const { blind, service, lanes } = this.run;
		if (blind !== undefined) return new Map();
		const { key } = this.group;
		const findings = await lookUp(key, seats, this.action, service, lanes, {
			whyNot: () => this.run.blind,
			outOfSeats: (seat) => this.outOfSeats.has(seat),
		});
		for (const { refusal } of findings.values()) if (refusal !== undefined) this.heed(refusal);
		return findings;
	}

	/** Asks for users who are not known yet, with growing pauses, until the time is up. */
	private async awaitUnknownUsers(): Promise<void> {
		const { waiting, options } = this.run;
		const deadlineMs = waiting.nowMs() + options.retryUnknownUsersMs;
		let pauseMs = FIRST_UNKNOWN_USER_PAUSE_MS;
		while (this.unknownUsers.length > 0) {
			const leftMs = deadlineMs - waiting.nowMs();
			if (leftMs <= 0 || this.run.halted !== undefined || this.refused !== undefined) break;
			await waiting.sleep(Math.min(leftMs, this.jittered(pauseMs)));
			pauseMs = Math.min(pauseMs * 2, LONGEST_UNKNOWN_USER_PAUSE_MS);
			const again = this.unknownUsers;
			this.unknownUsers = [];
			await this.ask(again);
			await this.settleDoubts();
		}
		for (const seat of this.unknownUsers) this.settleNotSent(seat);
	}

	/** A seat that is not asked for (again), because the product is refused or the run has ended. */
	private settleNotSent(seat: Seat): void {
		const { ledger, halted } = this.run;
		const said = this.saidOfUnknown.get(seat);
		const before = this.askedAgain.get(seat);
		const why = this.refused ?? halted ?? STOPPED;
		if (said !== undefined) {
			ledger.settle(seat, said);
		} else if (before !== undefined) {
			const history = { ...this.historyOf(seat), asked: Infinity };
			const outcome = decide(before.doubt, before.finding, history, this.action);
			if (outcome !== 'askAgain') ledger.settle(seat, outcome);
		} else if (this.historyOf(seat).effect !== 'none') {
			this.doubts.set(seat, { kind: 'unanswered', refusal: why });
		} else if (this.refused !== undefined) {
			ledger.settle(seat, failedBy(this.refused));
		} else {
			const words = halted === undefined ? '' : `: ${halted.words}`;
			ledger.settle(seat, failed(`Not sent, because the run ended early${words}`));
		}
	}

	private get action(): SeatAction {
		return this.run.options.action;
	}

	private historyOf(seat: Seat): Mutable<History> {
		let history = this.histories.get(seat);
		if (history === undefined) {
			history = { asked: 0, effect: 'none' };
			this.histories.set(seat, history);
		}
		return history;
	}

	private jittered(ms: number): number {
		return ms * (0.5 + this.run.waiting.random() / 2);
	}
}

const failedBy = ({ words, httpStatus }: Refusal): Outcome => failed(words, httpStatus);

/** Parameters of the request that are the same for every batch of a product. */
const PRODUCT_PARAMETERS = new Set(['productid', 'skuid', 'seataction']);

/**
 * Whether a refused request was refused because of somebody in it, so that the others can have their
 * seats without him. A 400 or 422 is, unless it complains of the product or the action; a 413 is, since
 * fewer names are a smaller request. A 404 can be either, and is `undefined` if it does not say what
 * was not found. Any other refusal is only if it names a user of the batch.
 */
function isAboutNames(refusal: Refusal, seats: readonly Seat[]): boolean | undefined {
	const { httpStatus, missing } = refusal;
	if (complainsOfProduct(refusal, seats)) return false;
	if (missing === 'inventory') return false;
	if (httpStatus === 400 || httpStatus === 422 || httpStatus === 413) return true;
	if (missing !== undefined || pointedAt(seats, refusal).size > 0) return true;
	return httpStatus === 404 ? undefined : false;
}

/** The parameter is named, or stands in the words and no user does. */
function complainsOfProduct(
	{ parameter, words, ...refusal }: Refusal,
	seats: readonly Seat[],
): boolean {
	if (parameter !== undefined) return PRODUCT_PARAMETERS.has(parameter.replace(/[\s_]/g, ''));
	return (
		refusal.httpStatus === 400 &&
		/\b(?:product|sku)[\s_]?id\b|\bseat[\s_]?action\b/i.test(words) &&
		!speaksOfUsers(words) &&
		pointedAt(seats, { ...refusal, words }).size === 0
	);
}

/** The seats whose user the refusal names; a name such as "a" stands in every sentence and does not count. */
function pointedAt(seats: readonly Seat[], refusal: Refusal): ReadonlySet<Seat> {
	const words = refusal.words.toLowerCase();
	return new Set(
		seats.filter(
			({ name }) => (name.includes('@') || isObjectId(name)) && words.includes(name.toLowerCase()),
		),
	);
}
