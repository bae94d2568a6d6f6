import assert from 'node:assert/strict';
import { beforeEach, it } from 'node:test';

import { itemsOf } from '../server/api';
import { people, storeSeats } from '../server/workflows';
import { goLive } from './posting';
import { newCredential, PRODUCT, SKU, type World } from './world';

/** Runs that happen again: n8n's Retry On Fail, a second run, a token that has expired meanwhile. */
export function againSuite(world: () => World): void {
	beforeEach(() => world().emulator.reset());

	const holders = () => world().emulator.state.holders(PRODUCT, SKU);

	it('Retry On Fail: the second try finishes what the first had begun', async () => {
		world().emulator.faults.add({
			on: { operation: 'bulkSeats', nth: 2 },
			effect: { kind: 'status', status: 403, body: { code: 'Forbidden', message: 'Not yet' } },
		});
		const credentials = await newCredential(world());
		const node = storeSeats(
			{ options: { maxConcurrency: 1 } },
			{ credentials, retryOnFail: true, maxTries: 2, waitBetweenTries: 100 },
		);
		const { execution } = await (await goLive(world(), [node])).post({ people: people(60) });
		assert.equal(execution.status, 'success');
		const items = itemsOf(execution, 'Store Seats');
		assert.equal(items.length, 60);
		assert.ok(items.every(({ json }) => json.status === 'succeeded'));
		assert.equal(items.filter(({ json }) => json.unchanged === true).length, 25);
		for (const { email } of people(60)) assert.ok(holders().includes(email));
	});

	it('Retry On Fail: failed seats that are items do not run the node again', async () => {
		const credentials = await newCredential(world());
		const node = storeSeats(
			{},
			{ credentials, retryOnFail: true, maxTries: 3, waitBetweenTries: 10 },
		);
		const who = [{ name: 'Ghost', email: 'ghost@contoso.com' }, ...people(2)];
		const { execution } = await (await goLive(world(), [node])).post({ people: who });
		assert.equal(itemsOf(execution, 'Store Seats').length, 3);
		assert.equal(world().emulator.requests('bulkSeats').length, 1);
	});

	it('fetches one new token, once, when it expired between two runs', async () => {
		const credentials = await newCredential(world());
		const posting = await goLive(world(), [storeSeats({}, { credentials })]);
		await posting.post({ people: people(60) });
		assert.equal(world().emulator.tokens.issued, 1);
		world().emulator.tokens.expireAll();
		world().emulator.clearLog();
		const { execution } = await posting.post({ people: people(60, 401) });
		assert.equal(execution.status, 'success');
		assert.ok(itemsOf(execution, 'Store Seats').every(({ json }) => json.status === 'succeeded'));
		assert.equal(world().emulator.tokens.issued, 2);
		const answers = world().emulator.requests('bulkSeats');
		assert.equal(answers.filter(({ status }) => status === 401).length, 1);
		assert.equal(answers.filter(({ status }) => status === 200).length, 3);
		await posting.post({ people: people(5, 501) });
		assert.equal(world().emulator.tokens.issued, 2, 'the new token was kept');
	});

	it('running the same workflow again changes nothing and says so', async () => {
		const credentials = await newCredential(world());
		const posting = await goLive(world(), [storeSeats({}, { credentials })]);
		await posting.post({ people: people(3) });
		const before = holders();
		const { execution } = await posting.post({ people: people(3) });
		assert.ok(itemsOf(execution, 'Store Seats').every(({ json }) => json.unchanged === true));
		assert.deepEqual(holders(), before);
	});

	it('leaves no secret and no token in what n8n keeps of a run, failed or not', async () => {
		const credentials = await newCredential(world());
		const posting = await goLive(world(), [storeSeats({}, { credentials })]);
		const { execution } = await posting.post({ people: people(3) });
		world().emulator.faults.add({
			on: { operation: 'bulkSeats' },
			effect: { kind: 'status', status: 403 },
		});
		const { execution: failed } = await posting.post({ people: people(3, 301) });
		assert.equal(failed.status, 'error');
		for (const { raw } of [execution, failed]) {
			assert.doesNotMatch(raw, /emulator-secret|emulated\.\d+\.|Bearer /);
		}
	});
}
