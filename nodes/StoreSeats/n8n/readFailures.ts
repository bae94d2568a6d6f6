import { NodeApiError, NodeOperationError, type IDataObject, type INode } from 'n8n-workflow';

import type { Refusal } from '../seats/service';
import type { OnError } from './onError';
import { advice, headline } from './seatFailures';
import { isOfN8n, type ErrorOfN8n } from './thrown';

/** What a person can do about a status, where the operation knows better than the status alone. */
export type StatusAdvice = Readonly<Record<number, string>>;

/** Why an item got nothing, in words: what happened, and what to do. */
export interface ReadFailure {
	readonly message: string;
	readonly description: string;
	readonly httpStatus?: number;
	/** It is about what the node was given, and not about an answer. */
	readonly nothingSent?: boolean;
	/** What brought it about; n8n's own goes through as it is with On Error on Stop. */
	readonly thrown?: unknown;
}

/** A value of the item, or of the credential, that cannot be used. */
export const refusedInput = (words: string, thrown?: unknown): ReadFailure => ({
	message: words.replace(/\.$/, ''),
	description:
		'Correct the item or the parameter and run the workflow again. Nothing has been sent to the Store for this item.',
	nothingSent: true,
	thrown,
});

/** A request that was refused or given up. `subject` is what was asked for: "the seat of …". */
export function refusedRequest(
	refusal: Refusal,
	subject: string,
	statusAdvice: StatusAdvice,
): ReadFailure {
	const { httpStatus, words } = refusal;
	const own = {
		refused: `The Store did not ${httpStatus === 404 ? 'find' : 'give'} ${subject}`,
		notTaken: `The Store did not give ${subject}`,
		unanswered: `No answer that can be used came for ${subject}`,
	};
	return {
		message: `${headline(refusal, own)}: ${words}`,
		description: whatToDo(refusal, statusAdvice),
		...(httpStatus === undefined ? {} : { httpStatus }),
	};
}

/** What to do about it, where the operation knows better by the status, else by the refusal alone. */
export function whatToDo(refusal: Refusal, statusAdvice: StatusAdvice): string {
	const { kind, httpStatus } = refusal;
	if (kind === 'unanswered' && httpStatus === undefined) {
		return 'Check that the Store is up and the Base URL of the credential is right, then run the workflow again.';
	}
	if (kind === 'unanswered') return 'Run the workflow again later.';
	if (kind !== 'refused') return advice(refusal);
	if (httpStatus === undefined) return 'Run the workflow again later.';
	return statusAdvice[httpStatus] ?? advice(refusal);
}

/** What stops the node. */
export function readError(
	node: INode,
	{ message, description, httpStatus, nothingSent, thrown }: ReadFailure,
	itemIndex: number,
): ErrorOfN8n {
	if (isOfN8n(thrown)) return thrown;
	const httpCode = httpStatus === undefined ? {} : { httpCode: String(httpStatus) };
	const failure = nothingSent
		? new NodeOperationError(node, message, { description, itemIndex })
		: new NodeApiError(node, { message }, { message, description, itemIndex, ...httpCode });
	// n8n puts words of its own in the place of a message that names a code such as ECONNREFUSED.
	failure.message = message;
	return failure;
}

/**
 * The one item that stands for an input item that got nothing. n8n's error output takes what has no
 * other key than `error`; on the regular output the message stands there alone, as in n8n's own nodes.
 */
export function failureFields(
	{ message, description, httpStatus }: ReadFailure,
	onError: Exclude<OnError, 'stop'>,
): IDataObject {
	const status = httpStatus === undefined ? {} : { httpStatus };
	return onError === 'errorOutput'
		? { error: { message, description, ...status } }
		: { error: message, ...status };
}
