import { NodeApiError, type ILoadOptionsFunctions, type INodeListSearchItems } from 'n8n-workflow';

import { whatToDo, type StatusAdvice } from '../n8n/readFailures';
import type { Runtime } from '../n8n/runtime';
import type { Refusal } from '../seats/service';
import { property, text } from '../store/reading';

/** A picker is a person waiting: few tries, a short time each, a page of titles at once. */
export const FOR_A_PERSON = { timeoutMs: 15_000, maxAttempts: 3, maxConcurrency: 25 };
/** Whatever the Store does meanwhile, the list opens by then, with what there is. */
const LONGEST_WAIT_MS = 20_000;

const PARENTS = {
	productId: { label: 'product', example: 'Give the ID here, such as 0016.' },
	skuId: { label: 'SKU', example: 'Give the ID here.' },
} as const;

/**
 * What is chosen in the field that a list depends on. Throws, before anything is sent, where nothing is
 * chosen there or an expression stands in it, whose value only a run knows.
 */
export function chosen(context: ILoadOptionsFunctions, name: keyof typeof PARENTS): string {
	const { label, example } = PARENTS[name];
	// Before extracting: n8n finds no ID in a link that is an expression, and says that the link is wrong.
	const written: unknown = context.getCurrentNodeParameter(name);
	const raw = typeof written === 'object' ? property(written, 'value') : written;
	if (text(raw)?.startsWith('=')) {
		const message = `The ${label} is an expression, so what there is to choose is not known here`;
		throw shownError(context, message, example);
	}
	const value = text(context.getCurrentNodeParameter(name, { extractValue: true }))?.trim() ?? '';
	if (value === '') {
		throw shownError(
			context,
			`Choose a ${label} first`,
			`What is listed here depends on the ${label}.`,
		);
	}
	return value;
}

/** The Store did not give what a list is made of. */
export function gaveNoList(
	context: ILoadOptionsFunctions,
	what: string,
	refusal: Refusal,
	statusAdvice: StatusAdvice,
): NodeApiError {
	const { httpStatus, words } = refusal;
	const message = `The ${what} could not be read: ${words}`;
	return shownError(context, message, whatToDo(refusal, statusAdvice), httpStatus);
}

export const tookTooLong = (context: ILoadOptionsFunctions, what: string): NodeApiError =>
	shownError(
		context,
		`The Store did not give the ${what} in time`,
		'Try again in a while, or give the IDs by hand.',
	);

function shownError(
	context: ILoadOptionsFunctions,
	message: string,
	description: string,
	httpStatus?: number,
): NodeApiError {
	// With a 401 or 403 the editor offers to check the credential.
	const httpCode = httpStatus === undefined ? {} : { httpCode: String(httpStatus) };
	const shown = new NodeApiError(
		context.getNode(),
		{ message },
		{ message, description, ...httpCode },
	);
	// n8n puts words of its own in the place of a message that names a code such as ECONNREFUSED.
	shown.message = message;
	return shown;
}

/** How long there is to wait, shared by everything that fills one list. */
export interface Patience {
	readonly left: () => boolean;
	/** What comes in time; undefined otherwise. */
	until<T>(work: Promise<T>): Promise<T | undefined>;
}

/** Runs what fills a list, and ends the waiting after twenty seconds. */
export async function patiently<T>(
	{ clock }: Runtime,
	work: (patience: Patience) => Promise<T>,
): Promise<T> {
	const finished = new AbortController();
	let over = false;
	const end = clock.sleep(LONGEST_WAIT_MS, finished.signal).then(() => {
		over = true;
		return undefined;
	});
	try {
		return await work({
			left: () => !over,
			until: async (given) => await Promise.race([given, end]),
		});
	} finally {
		finished.abort();
		over = true;
	}
}

/** What is typed stands in the name or the ID, in any casing. */
export const matches = (item: INodeListSearchItems, wanted: string): boolean =>
	item.name.toLowerCase().includes(wanted) || String(item.value).toLowerCase().includes(wanted);
