import fc from 'fast-check';
import { emulate, sampleUsers } from './support';
import '../support/seed';

const users = sampleUsers.map(({ upn }) => upn);

test('seats are conserved and the answer is the truth, whatever is asked', async () => {
	const request = fc.record({
		action: fc.constantFrom('Assign', 'Reclaim'),
		names: fc.uniqueArray(fc.constantFrom(...users, 'ghost@contoso.com'), { minLength: 1 }),
	});
	await fc.assert(
		fc.asyncProperty(fc.array(request, { maxLength: 12 }), async (requests) => {
			const { emulator, bulk } = emulate();
			for (const { action, names } of requests) {
				const { data } = await bulk(action, names);
				const holders = emulator.state.holders('APP', '0001');
				const { seatCapacity, availableSeats } = emulator.state.entry('APP', '0001');
				expect(availableSeats + holders.length).toBe(seatCapacity);
				expect(data.seatDetails.length + data.failedSeatOperations.length).toBe(names.length);
				for (const { assignedTo } of data.seatDetails) {
					expect(holders.includes(assignedTo)).toBe(action === 'Assign');
				}
			}
		}),
	);
});
