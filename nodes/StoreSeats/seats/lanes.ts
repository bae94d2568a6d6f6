/**
 * Runs work with at most `width` pieces under way, in the order asked. `urgent` work goes before
 * all that waits. Work must not ask for a lane while it holds one.
 */
export class Lanes {
	private free: number;
	private readonly urgent: Queue<() => void> = new Queue();
	private readonly waiting: Queue<() => void> = new Queue();

	constructor(width: number) {
		this.free = width;
	}

	async run<T>(work: () => Promise<T>, order: 'inTurn' | 'urgent' = 'inTurn'): Promise<T> {
		if (this.free > 0) {
			this.free--;
		} else {
			const queue = order === 'urgent' ? this.urgent : this.waiting;
			await new Promise<void>((resolve) => queue.add(resolve));
		}
		try {
			return await work();
		} finally {
			const next = this.urgent.take() ?? this.waiting.take();
			if (next === undefined) this.free++;
			else next();
		}
	}
}

/** First in, first out at constant cost: `shift()` on an array of 100,000 is not. */
class Queue<T> {
	private items: Array<T | undefined> = [];
	private head = 0;

	add(item: T): void {
		this.items.push(item);
	}

	take(): T | undefined {
		if (this.head === this.items.length) return undefined;
		const item = this.items[this.head];
		this.items[this.head++] = undefined;
		if (this.head === this.items.length) {
			this.items = [];
			this.head = 0;
		}
		return item;
	}
}
