/**
 * Finds the names for which a service refuses a whole batch, with few requests. The names go in
 * when their batch was refused; `next()` gives the names of the next request until there is none;
 * `report()` says what became of it. Each name is in an accepted request, or refused alone.
 *
 * While halving what is known to hold a culprit, what has not been looked at yet is put aside and
 * sent together later, so that one culprit among n costs about log2(n) + 2 requests and not twice
 * that. From the third culprit on the pieces of the rest get smaller, so that a batch of nothing but
 * culprits does not cost a search for each.
 */
export class Isolation<T> {
	/** Known to hold a culprit. */
	private suspects: readonly T[];
	/** Not known to hold one. */
	private rest: T[] = [];
	private found = 0;
	private inRequest: readonly T[] = [];

	/** `named` are those of the refused names that the refusal itself points at, if any. */
	constructor(
		refused: readonly T[],
		private named: ReadonlySet<T> = new Set(),
	) {
		this.suspects = refused;
	}

	next(): readonly T[] | undefined {
		if (this.suspects.length > 0) {
			this.inRequest = this.suspects.length === 1 ? this.suspects : this.firstPart(this.suspects);
		} else if (this.rest.length > 0) {
			this.inRequest = this.rest.slice(
				0,
				Math.ceil(this.rest.length / Math.max(1, this.found - 1)),
			);
			this.rest = this.rest.slice(this.inRequest.length);
		} else {
			return undefined;
		}
		return this.inRequest;
	}

	report(result: 'refused' | 'accepted'): void {
		const sent = new Set(this.inRequest);
		const others = this.suspects.filter((name) => !sent.has(name));
		if (result === 'refused') {
			this.rest = [...others, ...this.rest];
			this.suspects = this.inRequest.length === 1 ? [] : this.inRequest;
			if (this.inRequest.length === 1) this.found++;
		} else {
			// What is left of a group that holds a culprit holds it, without another request.
			this.suspects = others;
		}
	}

	private firstPart(suspects: readonly T[]): readonly T[] {
		const pointedAt = suspects.filter((name) => this.named.has(name));
		this.named = new Set();
		if (pointedAt.length > 0 && pointedAt.length < suspects.length) {
			return suspects.filter((name) => !pointedAt.includes(name));
		}
		return suspects.slice(0, Math.ceil(suspects.length / 2));
	}
}
