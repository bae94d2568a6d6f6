import { NodeApiError, NodeOperationError, type IDataObject, type INode } from 'n8n-workflow';

import type { RequestRefusal } from '../seats/changeSeats';
import type { Refusal } from '../seats/service';
import { isOfN8n, type ErrorOfN8n } from './thrown';

/** What a run had come to when it was stopped. */
export interface SoFar {
	/** Seats that this run changed. */
	readonly changed: number;
	/** Seats that were asked for. */
	readonly seats: number;
	/** The fields of every seat, as they would have come out as items. */
	readonly outcomes: readonly IDataObject[];
}

/** What a person can do about a request that was refused or given up. */
export function advice(refusal: Refusal): string {
	switch (refusal.kind) {
		case 'signIn':
			return 'Check the credential: tenant ID, client ID and client secret (it may have expired), and that the app is activated as a management tool in the settings of the Store.';
		case 'paused':
			return 'Run the workflow again later.';
		case 'stopped':
			return 'Run the workflow again to finish.';
		case 'unanswered':
			return "Check that the Store is up and the Base URL of the credential is right, then run the workflow again. If it is slow, raise 'Request Timeout (Seconds)'.";
		case 'refused':
			return statusAdvice(refusal.httpStatus);
	}
}

function statusAdvice(httpStatus: number | undefined): string {
	switch (httpStatus) {
		case 403:
			return 'The app or user has no right to this. Activate the app as a management tool in the settings of the Store; a signed-in user needs the Admin or Purchaser role.';
		case 404:
			return 'Check product and SKU: the product has to be in the inventory of this tenant.';
		case 409:
			return 'Seats exist for online licenses only. Check in the inventory that this product and SKU are licensed online.';
		default:
			return 'Check product, SKU and the Base URL of the credential.';
	}
}

/** The error that stops the node after a request was refused or given up as a whole. */
export function requestFailure(
	node: INode,
	{ key, refusal }: RequestRefusal,
	soFar: SoFar,
): NodeApiError {
	const { httpStatus, words } = refusal;
	const message = `${headline(refusal)} for product ${key.productId}, SKU ${key.skuId}: ${words}`;
	const failure = new NodeApiError(
		node,
		{ message },
		{
			message,
			description: `${advice(refusal)} ${changedSoFar(soFar)}`,
			...(httpStatus === undefined ? {} : { httpCode: String(httpStatus) }),
		},
	);
	// n8n puts words of its own in the place of a message in which it finds a code such as ECONNREFUSED.
	failure.message = message;
	failure.context.data = { seatsChanged: soFar.changed, outcomes: [...soFar.outcomes] };
	return failure;
}

function headline({ kind, httpStatus }: Refusal): string {
	const status = httpStatus === undefined ? '' : ` (HTTP ${httpStatus})`;
	switch (kind) {
		case 'signIn':
			return `The sign-in was refused${status}`;
		case 'refused':
			return `The Store refused the request${status}`;
		case 'paused':
			return `The Store asks to wait${status}`;
		default:
			return `The request got no answer that settles it${status}`;
	}
}

/** What n8n shows for something thrown: as it is if it is n8n's own, else with the node named. */
export function nodeFailure(node: INode, thrown: unknown): ErrorOfN8n {
	if (isOfN8n(thrown)) return thrown;
	return new NodeOperationError(node, thrown instanceof Error ? thrown : String(thrown));
}

/** The error of `failOnFailedSeats`: everything was done that could be, and some seats failed. */
export function failedSeats(node: INode, failed: number, soFar: SoFar): NodeOperationError {
	const noun = soFar.outcomes.length === 1 ? 'seat' : 'seats';
	const failure = new NodeOperationError(
		node,
		`${failed} of ${soFar.outcomes.length} ${noun} could not be changed`,
		{
			description: `${changedSoFar(soFar)} The details list every seat with its reason. To get failed seats as items instead, switch off 'Fail on Failed Seats'.`,
		},
	);
	failure.context.data = { seatsChanged: soFar.changed, outcomes: [...soFar.outcomes] };
	return failure;
}

function changedSoFar({ changed, seats }: SoFar): string {
	if (changed === 0) return 'No seat was changed before that.';
	const done = changed === 1 ? '1 seat' : `${changed} seats`;
	return `${done} of ${seats} had been changed by then and stay changed. Running the workflow again is harmless: seats that are right already are left as they are.`;
}
