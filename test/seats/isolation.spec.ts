import fc from 'fast-check';

import { Isolation } from '../../nodes/StoreSeats/seats/isolation';
import '../support/seed';

/** Plays a service that refuses every request with a culprit in it. */
function isolate(names: readonly number[], culprits: ReadonlySet<number>, named?: Set<number>) {
	const accepted: number[] = [];
	const refusedAlone: number[] = [];
	let requests = 0;
	const isolation = new Isolation(names, named);
	for (let part = isolation.next(); part !== undefined; part = isolation.next()) {
		requests++;
		const refused = part.some((name) => culprits.has(name));
		if (!refused) accepted.push(...part);
		else if (part.length === 1) refusedAlone.push(part[0]);
		isolation.report(refused ? 'refused' : 'accepted');
	}
	return { accepted, refusedAlone, requests };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** k culprits among n names "cost at most about k·log2(n) extra requests"; about: three for each and two. */
const allowance = (n: number, k: number) => k * Math.ceil(Math.log2(n)) + 3 * k + 2;

describe('Isolation', () => {
	it('gives every innocent its seat and every culprit a word of its own, within the allowance', () => {
		fc.assert(
			fc.property(
				fc
					.integer({ min: 2, max: 25 })
					.chain((n) =>
						fc.tuple(
							fc.constant(n),
							fc.uniqueArray(fc.integer({ min: 0, max: n - 1 }), { minLength: 1, maxLength: n }),
						),
					),
				([n, guilty]) => {
					const culprits = new Set(guilty);
					const { accepted, refusedAlone, requests } = isolate(numbers(n), culprits);
					expect([...refusedAlone].sort((a, b) => a - b)).toEqual(guilty.sort((a, b) => a - b));
					expect([...accepted].sort((a, b) => a - b)).toEqual(
						numbers(n).filter((name) => !culprits.has(name)),
					);
					expect(requests).toBeLessThanOrEqual(allowance(n, culprits.size));
				},
			),
			{ numRuns: 2000 },
		);
	});

	it.each(numbers(25))('finds culprit %i among 25 in at most 7 requests', (culprit) => {
		expect(isolate(numbers(25), new Set([culprit])).requests).toBeLessThanOrEqual(7);
	});

	it('needs two requests for a culprit whom the refusal names', () => {
		expect(isolate(numbers(25), new Set([7]), new Set([7]))).toMatchObject({
			refusedAlone: [7],
			requests: 2,
		});
	});

	it('is not led astray by a refusal that names the wrong one', () => {
		const { accepted, refusedAlone } = isolate(numbers(25), new Set([7]), new Set([3]));
		expect(refusedAlone).toEqual([7]);
		expect(accepted).toHaveLength(24);
	});

	it('ends where a refused batch is accepted in parts', () => {
		expect(isolate(numbers(25), new Set()).accepted).toHaveLength(25);
	});
});
