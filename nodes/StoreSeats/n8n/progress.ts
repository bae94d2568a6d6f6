import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { Outcome, Seat, SeatAction } from '../seats/seat';
import type { Clock } from '../store/clock';
import { seatFields, type Clean } from './seatItems';

const AT_MOST_EVERY_MS = 250;

/**
 * Tells whoever watches a manual execution (n8n: the console of the browser) how far it is, a few times
 * a second: `{ settled, of, seats: [the seats settled since the last message] }`. In a production run
 * n8n drops these messages, so they are not even made.
 */
export class Progress {
	private settled = 0;
	private news: IDataObject[] = [];
	private lastSentMs: number;
	private readonly watched: boolean;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly seatAction: SeatAction,
		private readonly clock: Clock,
		private readonly clean: Clean,
		private of = 0,
	) {
		this.lastSentMs = clock.nowMs();
		this.watched = context.getMode() === 'manual';
	}

	expect(seats: number): void {
		this.of = seats;
	}

	add(seat: Seat, outcome: Outcome): void {
		if (!this.watched) return;
		this.settled++;
		this.news.push(
			seatFields(
				{ row: 0, ...seat.key, username: seat.name, outcome },
				this.seatAction,
				this.clean,
			),
		);
		const nowMs = this.clock.nowMs();
		if (nowMs - this.lastSentMs < AT_MOST_EVERY_MS && this.settled < this.of) return;
		this.lastSentMs = nowMs;
		const seats = this.news;
		this.news = [];
		this.context.sendMessageToUI({ settled: this.settled, of: this.of, seats });
	}
}
