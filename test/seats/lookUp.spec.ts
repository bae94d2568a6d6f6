import { Lanes } from '../../nodes/StoreSeats/seats/lanes';
import { lookUp } from '../../nodes/StoreSeats/seats/lookUp';
import type { Seat, SeatAction, SeatDetails } from '../../nodes/StoreSeats/seats/seat';
import type { SeatService } from '../../nodes/StoreSeats/seats/service';

const KEY = { productId: 'CFQ7TTC0K5DR', skuId: '0002' };

/** A product whose pages of seats are given; how often what was asked is counted. */
async function lookUpIn(
	pages: readonly SeatDetails[][],
	names: readonly string[],
	{ action = 'Reclaim', endless = false }: { action?: SeatAction; endless?: boolean } = {},
) {
	const asked = { pages: 0, single: 0 };
	const service: SeatService = {
		change: async () => await Promise.resolve({ kind: 'notSent' }),
		seat: async () => {
			asked.single++;
			return await Promise.resolve({ kind: 'noSeat', userUnknown: false });
		},
		seatPage: async () => {
			const seats = pages[Math.min(asked.pages++, pages.length - 1)];
			const isLast = !endless && asked.pages >= pages.length;
			const continuationToken = isLast ? undefined : `page ${asked.pages}`;
			return await Promise.resolve({ kind: 'page', seats, continuationToken });
		},
	};
	const seats: Seat[] = names.map((name) => ({ key: KEY, name }));
	const terms = { whyNot: () => undefined, outOfSeats: () => true };
	const findings = await lookUp(KEY, seats, action, service, new Lanes(4), terms);
	return { asked, holdings: seats.map((seat) => findings.get(seat)?.holding) };
}

const held = (assignedTo: string): SeatDetails => ({ assignedTo, state: 'Active' });
const ID = (n: number) => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('the list of seats', () => {
	it('knows a user however the name is composed and whatever stands around it', async () => {
		const names = ['zoe\u0308@contoso.com', 'a@contoso.com', 'b@contoso.com', 'c@contoso.com'];
		const page = [held('zo\u00eb@contoso.com'), held(' A@contoso.com ')];
		expect(await lookUpIn([page], names)).toEqual({
			asked: { pages: 1, single: 0 },
			holdings: ['held', 'held', 'notHeld', 'notHeld'],
		});
	});

	it('is not taken for two users whose names become one by composing', async () => {
		const names = ['zoe\u0308@contoso.com', 'zo\u00eb@contoso.com', 'b@contoso.com'];
		const { asked } = await lookUpIn([[held('zo\u00eb@contoso.com')]], names);
		expect(asked).toEqual({ pages: 1, single: 2 });
	});

	it.each([
		['asked for', [held('x@contoso.com')], ID],
		['listed', [held(ID(7))], (n: number) => `user${n}@contoso.com`],
	])(
		'is not read to its end where object ids are %s, which it cannot tell',
		async (_w, page, name) => {
			const names = Array.from({ length: 200 }, (_, n) => name(n));
			const { asked } = await lookUpIn([page], names, { action: 'Assign', endless: true });
			expect(asked).toEqual({ pages: 1, single: 200 });
		},
	);
});
