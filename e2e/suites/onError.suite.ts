import assert from 'node:assert/strict';
import { beforeEach, it } from 'node:test';

import { type Execution, itemsOf, type WorkflowNode } from '../server/api';
import { people, type SeatSettings, setFields, storeSeats } from '../server/workflows';
import { goLive } from './posting';
import { newCredential, PRODUCT, SKU, type World } from './world';

const GHOST = { name: 'Ghost', email: 'ghost@contoso.com' };
/** Two whom the directory knows, around one whom it does not. */
const WITH_GHOST = [people(1, 201)[0], GHOST, people(1, 202)[0]];

export function onErrorSuite(world: () => World): void {
	beforeEach(() => world().emulator.reset());

	const holds = (email: string) =>
		world().emulator.state.holders(PRODUCT, SKU).includes(email.toLowerCase());

	const run = async (
		who: ReadonlyArray<{ name: string; email: string }>,
		rest: Partial<WorkflowNode>,
		settings: SeatSettings = {},
	): Promise<Execution> => {
		const credentials = await newCredential(world());
		const nodes = [
			storeSeats(settings, { credentials, ...rest }),
			setFields('Done', { name: "={{ $('Split Out').item.json.name }}" }),
		];
		const failed = setFields('Failed', {
			name: "={{ $('Split Out').item.json.name }}",
			email: '={{ $json.email }}',
			reason: '={{ $json.error.failureReason }}',
		});
		const errors =
			rest.onError === 'continueErrorOutput' ? [{ from: 'Store Seats', to: failed }] : [];
		return (await (await goLive(world(), nodes, errors)).post({ people: who })).execution;
	};
	const statuses = (execution: Execution) =>
		itemsOf(execution, 'Store Seats').map(({ json }) => json.status);
	const refuseSecondBatch = () =>
		world().emulator.faults.add({
			on: { operation: 'bulkSeats', nth: { from: 2 } },
			effect: { kind: 'status', status: 403, body: { code: 'Forbidden', message: 'No right' } },
		});

	it('Stop: a seat that fails stays an item, the others get their seats', async () => {
		const execution = await run(WITH_GHOST, {});
		assert.equal(execution.status, 'success');
		assert.deepEqual(statuses(execution), ['succeeded', 'failed', 'succeeded']);
		assert.equal(typeof itemsOf(execution, 'Store Seats')[1].json.failureReason, 'string');
		assert.ok(holds(WITH_GHOST[0].email) && holds(WITH_GHOST[2].email));
	});

	it('Stop with Fail on Failed Seats: the run fails after all was done that could be', async () => {
		const execution = await run(WITH_GHOST, {}, { options: { failOnFailedSeats: true } });
		assert.equal(execution.status, 'error');
		assert.match(
			String(execution.error?.message),
			/1 of 3 results are seats that could not be changed/,
		);
		assert.ok(holds(WITH_GHOST[0].email) && holds(WITH_GHOST[2].email));
	});

	it('Stop: a refused request stops the run and tells how many seats had been changed', async () => {
		refuseSecondBatch();
		const execution = await run(people(60), {}, { options: { maxConcurrency: 1 } });
		assert.equal(execution.status, 'error');
		assert.match(String(execution.error?.message), /403/);
		assert.match(String(execution.error?.description), /25 seats of 60/);
		const held = people(60).filter(({ email }) => holds(email)).length;
		assert.equal(held, 25);
		const { data } = execution.error?.context as { data: { outcomes: unknown[] } };
		assert.equal(data.outcomes.length, 60);
	});

	it('Continue: failed seats and refused requests come out as items like the others', async () => {
		refuseSecondBatch();
		const who = [GHOST, ...people(59)];
		const execution = await run(who, { onError: 'continueRegularOutput' });
		assert.equal(execution.status, 'success');
		const items = itemsOf(execution, 'Store Seats');
		assert.equal(items.length, 60);
		for (const [row, { json }] of items.entries()) {
			const { email } = who[row];
			assert.equal(json.username, email);
			assert.equal(json.status === 'succeeded', holds(email), `${email} as the Store has it`);
		}
		assert.equal(items[59].json.httpStatus, 403);
		assert.deepEqual(
			itemsOf(execution, 'Done').map(({ json }) => json.name),
			who.map(({ name }) => name),
		);
	});

	it('Error output: failed seats leave there with the row’s own fields and their reasons', async () => {
		const execution = await run(WITH_GHOST, { onError: 'continueErrorOutput' });
		assert.equal(execution.status, 'success');
		assert.deepEqual(
			itemsOf(execution, 'Done').map(({ json }) => json.name),
			[WITH_GHOST[0].name, WITH_GHOST[2].name],
		);
		const [item, ...others] = itemsOf(execution, 'Store Seats', 1);
		assert.deepEqual(others, []);
		assert.equal(item.json.email, GHOST.email);
		const error = item.json.error as Record<string, unknown>;
		assert.equal(error.status, 'failed');
		assert.equal(error.username, GHOST.email);
		assert.equal(error.productId, PRODUCT);
		assert.equal(error.message, error.failureReason);
		const [failed] = itemsOf(execution, 'Failed');
		assert.equal(failed.json.name, GHOST.name);
		assert.equal(failed.json.email, GHOST.email);
		assert.equal(failed.json.reason, error.failureReason);
	});

	it('Error output: a refused request sends its seats there, the others go on', async () => {
		refuseSecondBatch();
		const execution = await run(
			people(60),
			{ onError: 'continueErrorOutput' },
			{ options: { maxConcurrency: 1 } },
		);
		assert.equal(itemsOf(execution, 'Store Seats', 0).length, 25);
		assert.equal(itemsOf(execution, 'Store Seats', 1).length, 35);
		assert.equal(itemsOf(execution, 'Failed').length, 35);
	});

	for (const onError of ['continueRegularOutput', 'continueErrorOutput'] as const) {
		it(`${onError}: a credential that is refused gives every seat as failed, not the input`, async () => {
			world().emulator.faults.add({
				on: { operation: 'token' },
				effect: { kind: 'status', status: 401, body: { error: 'invalid_client' } },
			});
			const execution = await run(people(3), { onError });
			const output = onError === 'continueErrorOutput' ? 1 : 0;
			const items = itemsOf(execution, 'Store Seats', output);
			assert.equal(items.length, 3);
			for (const { json } of items) {
				const seat = (onError === 'continueErrorOutput' ? json.error : json) as typeof json;
				assert.equal(seat.status, 'failed');
			}
		});
	}
}
