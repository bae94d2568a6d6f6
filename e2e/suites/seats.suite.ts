import assert from 'node:assert/strict';
import { beforeEach, it } from 'node:test';

import { itemsOf } from '../server/api';
import { people, setFields, storeSeats } from '../server/workflows';
import { goLive } from './posting';
import { newCredential, PRODUCT, SKU, type World } from './world';

export function seatsSuite(world: () => World): void {
	beforeEach(() => world().emulator.reset());

	const holders = () => world().emulator.state.holders(PRODUCT, SKU);
	const bulk = () => world().emulator.requests('bulkSeats');

	it('assigns 60 people posted to a production webhook with 3 requests and one token', async () => {
		const credentials = await newCredential(world());
		const posting = await goLive(world(), [storeSeats({}, { credentials })]);
		const { status, body, execution } = await posting.post({ people: people(60) });
		assert.equal(status, 200);
		assert.equal(execution.status, 'success');
		assert.ok(bulk().every((entry) => entry.status === 200));
		const sizes = bulk().map(({ usernames }) => usernames?.length ?? 0);
		assert.deepEqual(
			sizes.sort((a, b) => b - a),
			[25, 25, 10],
		);
		assert.equal(world().emulator.tokens.issued, 1);
		const emails = people(60).map(({ email }) => email);
		const seats = body as Array<Record<string, unknown>>;
		assert.deepEqual(
			seats.map(({ username }) => username),
			emails,
			'one item a person, in input order',
		);
		for (const seat of seats) {
			assert.equal(seat.status, 'succeeded');
			assert.equal(seat.seatAction, 'Assign');
			assert.equal(seat.assignedTo, seat.username);
			assert.equal(seat.state, 'Active');
		}
		for (const email of emails) assert.ok(holders().includes(email), `${email} holds a seat`);
	});

	it('tells in its hint how many seats came out how', async () => {
		const credentials = await newCredential(world());
		const posting = await goLive(world(), [storeSeats({}, { credentials })]);
		const { execution } = await posting.post({ people: people(2) });
		const [hint] = execution.runData['Store Seats'][0].hints ?? [];
		assert.equal(
			hint?.message,
			'2 seats: 2 succeeded, 0 failed, 0 unknown, with 1 request to the Store',
		);
	});

	it('reclaims them again, and says of those who hold none that nothing had to change', async () => {
		const credentials = await newCredential(world());
		const posting = await goLive(world(), [
			storeSeats({}, { credentials }),
			storeSeats(
				{ name: 'Reclaim', operation: 'reclaim', usernames: '={{ $json.username }}' },
				{ credentials },
			),
		]);
		const before = holders();
		const { execution } = await posting.post({ people: people(60) });
		assert.equal(itemsOf(execution, 'Reclaim').length, 60);
		assert.ok(itemsOf(execution, 'Reclaim').every(({ json }) => json.status === 'succeeded'));
		assert.deepEqual(holders(), before);

		const again = await goLive(world(), [storeSeats({ operation: 'reclaim' }, { credentials })]);
		const { body } = await again.post({ people: people(2) });
		for (const seat of body as Array<Record<string, unknown>>) {
			assert.deepEqual([seat.status, seat.unchanged], ['succeeded', true]);
		}
	});

	it('takes a whole class in one item, and gives a seat twice asked for to both rows', async () => {
		const credentials = await newCredential(world());
		const posting = await goLive(world(), [storeSeats({}, { credentials })]);
		const { body } = await posting.post({
			people: [
				{ email: 'pupil0301@contoso.com; pupil0302@contoso.com\npupil0303@contoso.com' },
				{ email: ['PUPIL0301@contoso.com', "o'neil@contoso.com"] },
				{ email: '' },
			],
		});
		const seats = body as Array<Record<string, unknown>>;
		assert.deepEqual(
			seats.map(({ username, status }) => [username, status]),
			[
				['pupil0301@contoso.com', 'succeeded'],
				['pupil0302@contoso.com', 'succeeded'],
				['pupil0303@contoso.com', 'succeeded'],
				['PUPIL0301@contoso.com', 'succeeded'],
				["o'neil@contoso.com", 'succeeded'],
				['', 'failed'],
			],
		);
		assert.deepEqual(
			bulk().map(({ usernames }) => usernames?.length),
			[4],
		);
	});

	it('keeps rows and seats together for $("Split Out").item, by hand too', async () => {
		const credentials = await newCredential(world());
		const nodes = [
			storeSeats({}, { credentials }),
			setFields('Names', {
				name: "={{ $('Split Out').item.json.name }}",
				email: '={{ $json.username }}',
				path: "={{ $('Webhook').item.json.webhookUrl.split('/').pop() }}",
			}),
		];
		const posting = await goLive(world(), nodes);
		const { execution } = await posting.post({ people: people(30) });
		assert.equal(execution.status, 'success');
		assert.deepEqual(
			itemsOf(execution, 'Names').map(({ json: { name, email } }) => ({ name, email })),
			people(30),
		);
	});
}
