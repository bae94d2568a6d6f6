import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { connect, type Connection } from '../../n8n/connection';
import { addSeatHint } from '../../n8n/hints';
import { RANGES, readSeatOptions, type SeatOptions } from '../../n8n/options';
import { Progress } from '../../n8n/progress';
import { readRows } from '../../n8n/rows';
import { failedSeats, nodeFailure, requestFailure } from '../../n8n/seatFailures';
import { seatFields, seatItems } from '../../n8n/seatItems';
import { changeSeats, type RequestRefusal } from '../../seats/changeSeats';
import { Lanes } from '../../seats/lanes';
import { SeatLedger } from '../../seats/ledger';
import type { SeatAction } from '../../seats/seat';
import { HttpSeatService } from '../../store/seatService';
import { Redactor } from '../../store/secrets';
import { productField, skuField } from '../fields';
import type { Operation, OperationRun } from '../operation';

const usernamesField: INodeProperties = {
	displayName: 'Usernames',
	name: 'usernames',
	type: 'string',
	typeOptions: { rows: 2 },
	default: '',
	required: true,
	placeholder: 'e.g. ada@contoso.com, grace@contoso.com',
	description:
		'User principal names (user@domain) or Entra object IDs: one, a list, or text with names separated by commas, semicolons, spaces or new lines. Read for every input item; the requests are bundled, up to 25 users in each.',
};

const optionsField: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Batch Size',
			name: 'batchSize',
			type: 'number',
			typeOptions: { minValue: RANGES.batchSize.from, maxValue: RANGES.batchSize.to },
			default: 25,
			description: 'Users in one request; the Store takes 25 at most',
		},
		{
			displayName: 'Fail on Failed Seats',
			name: 'failOnFailedSeats',
			type: 'boolean',
			default: false,
			description:
				'Whether to stop the workflow after the run if any seat failed, instead of giving failed seats as items. Has effect only while On Error is set to Stop Workflow.',
		},
		{
			displayName: 'Max Attempts',
			name: 'maxAttempts',
			type: 'number',
			typeOptions: { minValue: RANGES.maxAttempts.from, maxValue: RANGES.maxAttempts.to },
			default: 5,
			description:
				'Tries of one request, the first included, where another try can help: too many requests, a server that is down, a cut connection',
		},
		{
			displayName: 'Max Concurrency',
			name: 'maxConcurrency',
			type: 'number',
			typeOptions: { minValue: RANGES.maxConcurrency.from, maxValue: RANGES.maxConcurrency.to },
			default: 4,
			description:
				'Requests under way at the same time; fewer are sent where the Store asks for it',
		},
		{
			displayName: 'Request Timeout (Seconds)',
			name: 'requestTimeout',
			type: 'number',
			typeOptions: { minValue: RANGES.requestTimeout.from, maxValue: RANGES.requestTimeout.to },
			default: 60,
			description: 'How long to wait for one answer. What became of the seats is then looked up.',
		},
		{
			displayName: 'Retry Unknown Users (Seconds)',
			name: 'retryUnknownUsers',
			type: 'number',
			typeOptions: {
				minValue: RANGES.retryUnknownUsers.from,
				maxValue: RANGES.retryUnknownUsers.to,
			},
			default: 0,
			description:
				'How long to keep asking for users whom the Store does not know yet. A user just created in Entra ID can take a minute or more to be known.',
		},
	],
};

/** Assign and Reclaim differ in nothing but the action: one contract, one implementation. */
function seatOperation(
	seatAction: SeatAction,
	screen: Pick<Operation, 'operation' | 'name' | 'action' | 'description'>,
): Operation {
	return {
		resource: 'seat',
		...screen,
		properties: [productField, skuField, usernamesField, optionsField],
		execute: async (run) => await executeChange(run, seatAction),
	};
}

export const assign = seatOperation('Assign', {
	operation: 'assign',
	name: 'Assign',
	action: 'Assign license seats to users',
	description: 'Give one or many users a license of a product',
});

export const reclaim = seatOperation('Reclaim', {
	operation: 'reclaim',
	name: 'Reclaim',
	action: 'Reclaim license seats from users',
	description: 'Take licenses of a product back from one or many users',
});

async function executeChange(
	{ context, items, onError, runtime }: OperationRun,
	seatAction: SeatAction,
): Promise<INodeExecutionData[][]> {
	const { clock, random } = runtime;
	const redactor = new Redactor();
	const clean = (words: string) => redactor.redact(words);
	const progress = new Progress(context, seatAction, clock, clean);
	const ledger = new SeatLedger((seat, outcome) => progress.add(seat, outcome));
	await readRows(context, items, ledger, onError, clock);
	progress.expect(ledger.seatCount);

	let refusals: readonly RequestRefusal[] = [];
	let options: SeatOptions | undefined;
	let connection: Connection | undefined;
	try {
		options = readSeatOptions(context);
		const signal = context.getExecutionCancelSignal();
		connection = await connect(context, { ...options, signal }, runtime, redactor);
		const service = new HttpSeatService(connection.sender);
		refusals = await changeSeats(
			ledger,
			service,
			new Lanes(options.maxConcurrency),
			{
				action: seatAction,
				batchSize: options.batchSize,
				retryUnknownUsersMs: options.retryUnknownUsersMs,
				haltAtRefusal: onError === 'stop',
				haltAfterUnanswered: Math.max(3, options.maxConcurrency),
			},
			{
				nowMs: () => clock.nowMs(),
				sleep: async (ms) => await clock.sleep(ms, signal),
				random,
			},
		);
	} catch (error) {
		if (onError === 'stop') throw nodeFailure(context.getNode(), error);
		// With On Error on Continue nothing may be thrown: n8n would put the input in the place of the seats.
		const failureReason = clean(error instanceof Error ? error.message : String(error));
		for (const { seats } of ledger.groups()) {
			for (const seat of seats) ledger.settle(seat, { status: 'failed', failureReason });
		}
	}

	await connection?.learnSecrets();
	const results = ledger.results();
	const soFar = () => ({
		changed: ledger.changedSeats(),
		unknown: ledger.unknownSeats(),
		seats: ledger.seatCount,
		outcomes: results.map((result) => seatFields(result, seatAction, clean)),
	});
	if (onError === 'stop') {
		const refusal = refusals.find(({ refusal: { kind } }) => kind !== 'stopped');
		if (refusal !== undefined) throw requestFailure(context.getNode(), refusal, soFar());
		const failed = results.filter(({ outcome }) => outcome.status === 'failed').length;
		if (options?.failOnFailedSeats && failed > 0) {
			throw failedSeats(context.getNode(), failed, soFar());
		}
	}
	addSeatHint(context, results, connection?.client.requestCount ?? 0, seatAction);
	return [seatItems(results, seatAction, onError, clean)];
}
