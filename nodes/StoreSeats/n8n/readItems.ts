import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { OperationRun } from '../operations/operation';
import type { Refusal } from '../seats/service';
import { read, type Reading, type ReadReply } from '../store/reads';
import { Redactor } from '../store/secrets';
import { connect, type Connection } from './connection';
import type { Checked, ItemField } from './itemFields';
import { namesItsItem } from './thrown';
import {
	failureFields,
	readError,
	refusedInput,
	refusedRequest,
	type ReadFailure,
	type StatusAdvice,
} from './readFailures';

/** A read has no options on screen: these are the defaults of the operations that have them. */
const FOR_A_READ = { timeoutMs: 60_000, maxAttempts: 5, maxConcurrency: 4 };
/** A worker that is not heard of for long loses its job, so long work makes way now and then. */
const YIELD_AFTER_MS = 50;

/** What makes one reading operation out of the fields of an item. */
export interface ReadPlan<F> {
	readonly fields: { readonly [K in keyof F]: ItemField<F[K]> };
	/** What is asked for, in words that fit into a message: "the seats of …". */
	readonly subject: (fields: F) => string;
	readonly reading: (fields: F) => Reading;
	readonly advice: StatusAdvice;
	/** What else an output item gets. */
	readonly finish?: (item: INodeExecutionData, fields: F) => Promise<Checked<INodeExecutionData>>;
}

type Ask<F> = { readonly fields: F } | { readonly failure: ReadFailure };
type Answer = { readonly elements: readonly IDataObject[] } | { readonly failure: ReadFailure };

/**
 * Runs a reading operation over all items: one output item for each element, in input order, paired
 * with the one input item that asked. All items are checked before anything is sent; identical
 * requests are sent once, and every item gets items of its own.
 *
 * With On Error on Stop the first item that gets nothing ends the node, and no request is left
 * running. Otherwise such an item gives one item that says why, and the others are not concerned.
 */
export async function readItems<F>(
	run: OperationRun,
	plan: ReadPlan<F>,
): Promise<INodeExecutionData[][]> {
	const asks = await gather(run, plan);
	stopAtFirst(run, asks);
	const answers = await answer(run, plan, asks);
	return [await outputItems(run, plan, asks, answers)];
}

function stopAtFirst(
	{ context, onError }: OperationRun,
	results: ReadonlyArray<object | { readonly failure: ReadFailure }>,
): void {
	if (onError !== 'stop') return;
	for (const [itemIndex, result] of results.entries()) {
		if ('failure' in result) throw readError(context.getNode(), result.failure, itemIndex);
	}
}

async function gather<F>(run: OperationRun, { fields }: ReadPlan<F>): Promise<Array<Ask<F>>> {
	const makeWay = wayMaker(run);
	const asks: Array<Ask<F>> = [];
	for (let itemIndex = 0; itemIndex < run.items.length; itemIndex++) {
		await makeWay();
		asks.push(fieldsOf(fields, itemIndex));
	}
	return asks;
}

function fieldsOf<F>(fields: ReadPlan<F>['fields'], itemIndex: number): Ask<F> {
	const values: Partial<F> = {};
	for (const name of Object.keys(fields) as Array<keyof F>) {
		let checked: Checked<F[keyof F]>;
		try {
			checked = fields[name](itemIndex);
		} catch (error) {
			const why = error instanceof Error ? error.message : 'it gives no reason';
			return {
				failure: refusedInput(
					`n8n could not evaluate a parameter of this item: ${why}`,
					namesItsItem(error) ? error : undefined,
				),
			};
		}
		if ('refused' in checked) return { failure: refusedInput(checked.refused) };
		values[name] = checked.value;
	}
	return { fields: values as F };
}

/** Sends what the items ask for. Throws with On Error on Stop, for the first item that was refused. */
async function answer<F>(
	run: OperationRun,
	plan: ReadPlan<F>,
	asks: ReadonlyArray<Ask<F>>,
): Promise<Answer[]> {
	const { context, onError, runtime } = run;
	const redactor = new Redactor();
	let connection: Connection;
	try {
		const signal = context.getExecutionCancelSignal();
		connection = await connect(context, { ...FOR_A_READ, signal }, runtime, redactor);
	} catch (thrown) {
		const failure = refusedInput(messageOf(thrown), thrown);
		if (onError === 'stop') throw readError(context.getNode(), failure, 0);
		return asks.map((ask) => ('failure' in ask ? ask : { failure }));
	}

	/** The first refusal, which with On Error on Stop ends the sending for the items behind it, too. */
	let ended: { readonly refusal: Refusal; readonly item: number } | undefined;
	const requests = new Map<string, Promise<ReadReply>>();
	const replies = await Promise.all(
		asks.map(async (ask, item) => {
			if ('failure' in ask) return undefined;
			const reading = plan.reading(ask.fields);
			const same = JSON.stringify(reading);
			const asked =
				requests.get(same) ??
				read(connection.sender, reading, () => onError !== 'stop' || ended === undefined);
			requests.set(same, asked);
			const reply = await asked;
			if (reply.kind === 'refused' && reply.refusal.kind !== 'stopped') {
				ended ??= { refusal: reply.refusal, item };
			}
			return reply;
		}),
	);

	const failureOf = (refusal: Refusal, { fields }: { readonly fields: F }): ReadFailure =>
		refusedRequest(refusal, plan.subject(fields), plan.advice);
	const endedBy = ended as { readonly refusal: Refusal; readonly item: number } | undefined;
	if (onError === 'stop' && endedBy !== undefined) {
		const guilty = asks[endedBy.item] as { readonly fields: F };
		throw readError(context.getNode(), failureOf(endedBy.refusal, guilty), endedBy.item);
	}
	await connection.learnSecrets();
	return asks.map((ask, item): Answer => {
		const reply = replies[item];
		if ('failure' in ask) return ask;
		if (reply?.kind === 'read') {
			return { elements: redactor.redactKnown(reply.elements as readonly IDataObject[]) };
		}
		// A stopped execution shows nothing of this node, whatever it gives.
		if (reply === undefined || onError === 'stop') return { elements: [] };
		return { failure: failureOf(reply.refusal, ask) };
	});
}

async function outputItems<F>(
	run: OperationRun,
	{ finish }: ReadPlan<F>,
	asks: ReadonlyArray<Ask<F>>,
	answers: readonly Answer[],
): Promise<INodeExecutionData[]> {
	const { context, onError } = run;
	const makeWay = wayMaker(run);
	const output: INodeExecutionData[] = [];
	const fail = (failure: ReadFailure, item: number): void => {
		if (onError === 'stop') throw readError(context.getNode(), failure, item);
		output.push({ json: failureFields(failure, onError), pairedItem: { item } });
	};
	for (const [item, result] of answers.entries()) {
		if ('failure' in result) {
			fail(result.failure, item);
			continue;
		}
		const asked = asks[item];
		for (const json of result.elements) {
			await makeWay();
			const plain: INodeExecutionData = { json, pairedItem: { item } };
			if (finish === undefined || !('fields' in asked)) {
				output.push(plain);
				continue;
			}
			const finished = await finishItem(finish, plain, asked.fields);
			if ('value' in finished) output.push(finished.value);
			else fail({ message: finished.refused, description: 'Run the workflow again.' }, item);
		}
	}
	return output;
}

async function finishItem<F>(
	finish: NonNullable<ReadPlan<F>['finish']>,
	item: INodeExecutionData,
	fields: F,
): Promise<Checked<INodeExecutionData>> {
	try {
		return await finish(item, fields);
	} catch (error) {
		return { refused: `n8n could not store the file: ${messageOf(error)}` };
	}
}

function wayMaker({ runtime: { clock } }: OperationRun): () => Promise<void> {
	let lastMs = clock.nowMs();
	return async () => {
		if (clock.nowMs() - lastMs <= YIELD_AFTER_MS) return;
		await clock.sleep(0);
		lastMs = clock.nowMs();
	};
}

const messageOf = (thrown: unknown): string =>
	thrown instanceof Error ? thrown.message : String(thrown);
