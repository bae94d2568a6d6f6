import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import type { SeatLedger } from '../seats/ledger';
import { checkProductKey } from '../seats/productKey';
import type { ProductKey } from '../seats/seat';
import { parseUsernames } from '../seats/usernames';
import type { Clock } from '../store/clock';
import type { OnError } from './onError';
import { itemParameter, type ItemParameter } from './parameters';
import { namesItsItem } from './thrown';

/** A worker that is not heard of for long loses its job, so gathering rows makes way now and then. */
const YIELD_AFTER_MS = 50;

/**
 * Puts what every row asks for into the ledger, in input order. A row that cannot be asked for (no
 * name, an ID that is none, an expression that n8n cannot evaluate) becomes refused asks that say so.
 * With On Error on Stop, all but a missing name throws instead, before anything is sent, and names the
 * item; what n8n itself threw for an expression goes on as it is, with n8n's own help.
 */
export async function readRows(
	context: IExecuteFunctions,
	items: readonly INodeExecutionData[],
	ledger: SeatLedger,
	onError: OnError,
	clock: Clock,
): Promise<void> {
	const parameters = {
		productId: itemParameter(context, items, 'productId'),
		skuId: itemParameter(context, items, 'skuId'),
		usernames: itemParameter(context, items, 'usernames'),
	};
	let lastYieldMs = clock.nowMs();
	for (let row = 0; row < items.length; row++) {
		if (clock.nowMs() - lastYieldMs > YIELD_AFTER_MS) {
			await clock.sleep(0);
			lastYieldMs = clock.nowMs();
		}
		const { key, names, leftOver, refused, thrown } = readRow(parameters, row);
		if (refused !== undefined && onError === 'stop') {
			if (namesItsItem(thrown)) throw thrown;
			throw new NodeOperationError(context.getNode(), refused, {
				itemIndex: row,
				description:
					'Correct the item or the parameter and run the workflow again. Nothing has been sent to the Store.',
			});
		}
		if (leftOver !== undefined) {
			ledger.refuse(row, key, '', `'Usernames' holds ${leftOver}, which is not a user name`);
		} else if (names.length === 0) {
			ledger.refuse(row, key, '', refused ?? NO_NAME);
		}
		ledger.ask(row, key, names, refused);
	}
}

const NO_NAME = "This item has no user name. Check what 'Usernames' is set to";

interface Row {
	readonly key: ProductKey;
	readonly names: readonly string[];
	/** What in Usernames is no name. */
	readonly leftOver?: string;
	/** Why nothing of this row can be sent. */
	readonly refused?: string;
	/** What n8n threw for it, if that is why. */
	readonly thrown?: unknown;
}

function readRow(
	parameters: Readonly<Record<'productId' | 'skuId' | 'usernames', ItemParameter>>,
	row: number,
): Row {
	const refusals: string[] = [];
	let thrown: unknown;
	const value = (name: keyof typeof parameters): unknown => {
		try {
			return parameters[name](row);
		} catch (error) {
			thrown ??= error;
			const why = error instanceof Error ? error.message : 'n8n gives no reason';
			refusals.push(`'${LABELS[name]}' could not be evaluated for this item: ${why}`);
			return undefined;
		}
	};
	const { names, leftOver } = parseUsernames(value('usernames'));
	const checked = checkProductKey(value('productId'), value('skuId'));
	const read = { names, leftOver, refused: refusals[0], thrown };
	if ('key' in checked) return { ...read, key: checked.key };
	const { productId, skuId, refused } = checked;
	return { ...read, key: { productId, skuId }, refused: refusals[0] ?? refused };
}

const LABELS = { productId: 'Product', skuId: 'SKU', usernames: 'Usernames' };
