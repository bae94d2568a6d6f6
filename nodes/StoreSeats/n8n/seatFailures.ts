import { NodeApiError, NodeOperationError, type IDataObject, type INode } from 'n8n-workflow';

import type { RequestRefusal } from '../seats/changeSeats';
import type { Refusal } from '../seats/service';
import { isOfN8n, type ErrorOfN8n } from './thrown';

/** What a run had come to when it was stopped. */
export interface SoFar {
	/** Seats that this run changed. */
	readonly changed: number;
	/** Seats of which it is not known whether this run changed them. */
	readonly unknown: number;
	/** Seats that were asked for. */
	readonly seats: number;
	/** The fields of every seat, as they would have come out as items. */
	readonly outcomes: readonly IDataObject[];
}

/** What a person can do about a request that was refused or given up. */
export function advice(refusal: Refusal): string {
	switch (refusal.kind) {
		case 'signIn':
			return refusal.httpStatus === 401
				? 'The Store does not accept the token. Check that the app is activated as a management tool in the settings of the Store, and the Resource of the credential.'
				: 'Check the credential: tenant ID, client ID and client secret (it may have expired), Authority and Resource.';
		case 'signInUnanswered':
			return 'Check that the sign-in service is up and the Authority of the credential is right, then run the workflow again.';
		case 'paused':
			return 'Run the workflow again later.';
		case 'stopped':
			return 'Run the workflow again to finish.';
		case 'unanswered':
			if (refusal.httpStatus === 429) {
				return "Lower 'Max Concurrency' or raise 'Max Attempts', then run the workflow again.";
			}
			if (refusal.httpStatus !== undefined) return 'Run the workflow again later.';
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
			return 'Check in the inventory that this product is active and licensed online: seats exist for online licenses only.';
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
	const message = `${headline(refusal, OF_A_CHANGE)} for product ${key.productId}, SKU ${key.skuId}: ${words}`;
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

/** What an operation says of a request of its own; the status is put behind it. */
interface Headlines {
	readonly refused: string;
	/** Answered with a status that may pass, until it was given up. */
	readonly notTaken: string;
	readonly unanswered: string;
}

/** What happened, in a few words; the sign-in and the service's pauses are the same for all operations. */
export function headline({ kind, httpStatus }: Refusal, own: Headlines): string {
	const status = httpStatus === undefined ? '' : ` (HTTP ${httpStatus})`;
	switch (kind) {
		case 'signIn':
			return `The sign-in was refused${status}`;
		case 'signInUnanswered':
			return 'The sign-in came to no end';
		case 'paused':
			return `The Store asks to wait${status}`;
		case 'refused':
			return `${own.refused}${status}`;
		default:
			return httpStatus === undefined ? own.unanswered : `${own.notTaken}${status}`;
	}
}

const OF_A_CHANGE: Headlines = {
	refused: 'The Store refused the request',
	notTaken: 'The Store did not take the request',
	unanswered: 'The request got no answer that settles it',
};

/** What n8n shows for something thrown: as it is if it is n8n's own, else with the node named. */
export function nodeFailure(node: INode, thrown: unknown): ErrorOfN8n {
	if (isOfN8n(thrown)) return thrown;
	return new NodeOperationError(node, thrown instanceof Error ? thrown : String(thrown));
}

/** The error of `failOnFailedSeats`: everything was done that could be, and some seats failed. */
export function failedSeats(node: INode, failed: number, soFar: SoFar): NodeOperationError {
	const results = soFar.outcomes.length;
	const are = results === 1 ? 'result is a seat' : 'results are seats';
	const failure = new NodeOperationError(
		node,
		`${failed} of ${results} ${are} that could not be changed`,
		{
			description: `${changedSoFar(soFar)} The details list every result with its reason. To get failed seats as items instead, switch off 'Fail on Failed Seats'.`,
		},
	);
	failure.context.data = { seatsChanged: soFar.changed, outcomes: [...soFar.outcomes] };
	return failure;
}

function changedSoFar({ changed, unknown, seats }: SoFar): string {
	const open = unknown === 0 ? '' : `What became of ${count(unknown)} is not known. `;
	const again =
		'Running the workflow again is harmless: seats that are right already are left as they are.';
	if (changed === 0) {
		return unknown === 0 ? 'No seat was changed.' : `${open}No other seat was changed. ${again}`;
	}
	const of = changed === seats ? '' : ` of ${seats}`;
	return `${count(changed)}${of} had been changed by then and stay${changed === 1 ? 's' : ''} changed. ${open}${again}`;
}

const count = (seats: number): string => (seats === 1 ? '1 seat' : `${seats} seats`);
