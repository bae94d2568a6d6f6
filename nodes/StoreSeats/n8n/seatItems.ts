import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { SeatResult } from '../seats/ledger';
import type { SeatAction } from '../seats/seat';
import type { OnError } from './onError';

/** Takes out of a text what nobody may see; the Store may echo what it was sent. */
export type Clean = (words: string) => string;

/** The fields of one seat, as the contract names them; what is not known is left out. */
export function seatFields(result: SeatResult, seatAction: SeatAction, clean: Clean): IDataObject {
	const { productId, skuId, username, outcome } = result;
	const fields: IDataObject = { productId, skuId, username, seatAction, status: outcome.status };
	if (outcome.status === 'succeeded') {
		const { assignedTo, state, dateAssigned } = outcome.details;
		if (assignedTo !== undefined) fields.assignedTo = clean(assignedTo);
		if (state !== undefined) fields.state = clean(state);
		if (dateAssigned !== undefined) fields.dateAssigned = clean(dateAssigned);
		if (outcome.unchanged) fields.unchanged = true;
	} else {
		fields.failureReason = clean(outcome.failureReason);
		if (outcome.httpStatus !== undefined) fields.httpStatus = outcome.httpStatus;
	}
	return fields;
}

/**
 * One item for each result, in order, each paired with the one row that asked for it.
 *
 * For n8n's error output a failed seat is an item whose only key is `error`: n8n then moves it to that
 * output and adds the row's own fields; with any other key beside it the item would pass for a success.
 */
export function seatItems(
	results: readonly SeatResult[],
	seatAction: SeatAction,
	onError: OnError,
	clean: Clean,
): INodeExecutionData[] {
	return results.map((result) => {
		const fields = seatFields(result, seatAction, clean);
		const { outcome } = result;
		const json: IDataObject =
			onError === 'errorOutput' && outcome.status === 'failed'
				? { error: { message: fields.failureReason, ...fields } }
				: fields;
		return { json, pairedItem: { item: result.row } };
	});
}
