import type { IExecuteFunctions } from 'n8n-workflow';

import type { SeatResult } from '../seats/ledger';
import { saysOutOfSeats } from '../seats/reasons';
import type { SeatAction } from '../seats/seat';

/**
 * Products that have run out of seats, as far as the refusals of this run tell; nothing is asked for it.
 */
function addOutOfSeatsHints(
	context: IExecuteFunctions,
	results: readonly SeatResult[],
	seatAction: SeatAction,
): void {
	if (seatAction !== 'Assign') return;
	const without = new Map<string, number>();
	for (const { productId, skuId, outcome } of results) {
		if (outcome.status !== 'failed' || !saysOutOfSeats(outcome.failureReason)) continue;
		const product = `${productId}, SKU ${skuId}`;
		without.set(product, (without.get(product) ?? 0) + 1);
	}
	for (const [product, count] of without) {
		const users = count === 1 ? '1 user' : `${count} users`;
		context.addExecutionHints({
			message: `Product ${product} has no free seats left: ${users} went without. Buy more seats or reclaim unused ones, then run again.`,
			type: 'warning',
			location: 'outputPane',
		});
	}
}

/** One line above the results in the editor: how many seats came out how, for how many requests. */
export function addSeatHint(
	context: IExecuteFunctions,
	results: readonly SeatResult[],
	requests: number,
	seatAction: SeatAction,
): void {
	const count = { succeeded: 0, failed: 0, unknown: 0 };
	let unchanged = 0;
	for (const { outcome } of results) {
		count[outcome.status]++;
		if (outcome.status === 'succeeded' && outcome.unchanged) unchanged++;
	}
	const as = unchanged > 0 ? ` (${unchanged} already as wanted)` : '';
	const sent = requests === 1 ? '1 request' : `${requests} requests`;
	context.addExecutionHints({
		message: `${results.length} ${results.length === 1 ? 'seat' : 'seats'}: ${count.succeeded} succeeded${as}, ${count.failed} failed, ${count.unknown} unknown, with ${sent} to the Store`,
		type: count.failed + count.unknown > 0 ? 'warning' : 'info',
		location: 'outputPane',
	});
	addOutOfSeatsHints(context, results, seatAction);
}
