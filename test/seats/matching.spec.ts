import { matchAnswer, type BulkAnswer } from '../../nodes/StoreSeats/seats/matching';
import type { Seat } from '../../nodes/StoreSeats/seats/seat';

const key = { productId: 'CFQ7TTC0K5DR', skuId: '0002' };
const seat = (name: string): Seat => ({ key, name });
const answer = (given: Partial<BulkAnswer>): BulkAnswer => ({ details: [], refused: [], ...given });

const ID = '8c0f1f9a-0000-4000-8000-0123456789ab';

function verdictOf(
	name: string,
	given: Partial<BulkAnswer>,
	action: 'Assign' | 'Reclaim' = 'Assign',
) {
	const asked = seat(name);
	return matchAnswer([asked], answer(given), action).get(asked);
}

describe('matchAnswer', () => {
	it('matches by user, not by position', () => {
		const [ada, grace] = [seat('ada@x'), seat('grace@x')];
		const verdicts = matchAnswer(
			[ada, grace],
			answer({
				details: [{ assignedTo: 'grace@x', state: 'Active' }],
				refused: [{ userName: 'ada@x', failureReason: 'no' }],
			}),
			'Assign',
		);
		expect(verdicts.get(ada)).toEqual({ kind: 'refused', reason: 'no' });
		expect(verdicts.get(grace)?.kind).toBe('confirmed');
	});

	it.each([
		['other casing', 'Ada@Contoso.com', 'ADA@CONTOSO.COM'],
		['white space around', 'ada@x', ' ada@x '],
		['another Unicode composition', 'mu\u0308ller@x', 'M\u00dcLLER@x'],
		['an object id in braces', ID, `{${ID.toUpperCase()}}`],
		['braces in the request', `{${ID}}`, ID],
	])('matches %s', (_what, asked, answered) => {
		expect(verdictOf(asked, { details: [{ assignedTo: answered, state: 'active' }] })?.kind).toBe(
			'confirmed',
		);
	});

	it('leaves a user answered under another identifier unmentioned, not guessed', () => {
		expect(verdictOf('ada@x', { details: [{ assignedTo: ID, state: 'Active' }] })).toEqual({
			kind: 'unmentioned',
		});
	});

	it('keeps two names apart that differ in Unicode composition only', () => {
		const [one, other] = [seat('mu\u0308ller@x'), seat('m\u00fcller@x')];
		const verdicts = matchAnswer(
			[one, other],
			answer({ details: [{ assignedTo: 'm\u00fcller@x', state: 'Active' }] }),
			'Assign',
		);
		expect(verdicts.get(one)?.kind).toBe('unmentioned');
		expect(verdicts.get(other)?.kind).toBe('confirmed');
	});

	it('gives a verdict for nobody who was not asked for', () => {
		const asked = seat('ada@x');
		const verdicts = matchAnswer(
			[asked],
			answer({ details: [{ assignedTo: 'stranger@x', state: 'Active' }] }),
			'Assign',
		);
		expect([...verdicts.keys()]).toEqual([asked]);
	});

	it.each([
		[
			'in both lists',
			{ details: [{ assignedTo: 'a@x' }], refused: [{ userName: 'A@X', failureReason: 'no' }] },
		],
		['assigned but revoked', { details: [{ assignedTo: 'a@x', state: 'Revoked' }] }],
		['a state nobody knows', { details: [{ assignedTo: 'a@x', state: 'Pending' }] }],
	])('calls it a contradiction when a user is %s', (_what, given) => {
		expect(verdictOf('a@x', given)?.kind).toBe('contradiction');
	});

	it('takes repetition for what it is', () => {
		const twice = { assignedTo: 'a@x', state: 'Active' };
		expect(verdictOf('a@x', { details: [twice, twice] })?.kind).toBe('confirmed');
	});

	it('expects Revoked of a Reclaim', () => {
		expect(
			verdictOf('a@x', { details: [{ assignedTo: 'a@x', state: 'Revoked' }] }, 'Reclaim')?.kind,
		).toBe('confirmed');
		expect(
			verdictOf('a@x', { details: [{ assignedTo: 'a@x', state: 'Active' }] }, 'Reclaim')?.kind,
		).toBe('contradiction');
	});

	it('disregards what is said of another product', () => {
		const other = { productId: '9NBLGGH4R2R6', skuId: '0016' };
		expect(
			verdictOf('a@x', { details: [{ assignedTo: 'a@x', state: 'Active', productKey: other }] }),
		).toEqual({ kind: 'unmentioned' });
	});
});
