import assert from 'node:assert/strict';
import { it } from 'node:test';

import type { World } from './world';

export function packageSuite(world: () => World): void {
	it('is loaded from its tarball as n8n-nodes-store-seats.storeSeats, and as a tool', async () => {
		const types = await world().api.nodeTypes();
		assert.ok(types.includes('n8n-nodes-store-seats.storeSeats'));
		assert.ok(types.includes('n8n-nodes-store-seats.storeSeatsTool'));
	});
}

/** Run last: what all the others together left behind. */
export function quietSuite(world: () => World): void {
	it('left n8n with nothing to reach beyond this machine', async () => {
		assert.deepEqual(await world().n8n.outbound(), []);
	});

	it('left no secret and no token in the log of n8n', async () => {
		const log = await world().n8n.log();
		assert.doesNotMatch(log, /emulator-secret|emulated\.\d+\.|Bearer /);
	});
}
