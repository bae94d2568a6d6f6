import { STOPPED, type Refusal } from '../seats/service';
import type { StoreRequest } from './client';
import { isRecord, list, property, text } from './reading';
import type { Sender, Sent } from './sender';

/** The most that one page holds where the reference says so (seats) or does not say (inventory). */
export const LARGEST_PAGE = 100;
/** Far beyond any tenant; an answer that always names a next page ends here. */
const MOST_PAGES = 10_000;

export interface PageOf<T> {
	readonly elements: readonly T[];
	readonly continuationToken?: string;
}

export type PagesReply<T> =
	| { readonly kind: 'read'; readonly elements: readonly T[] }
	| { readonly kind: 'refused'; readonly refusal: Refusal };

export interface PagesOptions {
	/** Elements wanted at most; undefined for all. */
	readonly limit?: number;
	/** Asked right before each request; once false, nothing more is sent. */
	readonly stillWanted?: () => boolean;
}

/**
 * Reads a list of the service page by page, up to `limit` elements, asking for no page that is not
 * needed. A list that would never end (a continuation token that comes a second time, a next page
 * after the ten thousandth) ends with a refusal that says so, and never as if it were complete.
 */
export async function readPages<T>(
	sender: Sender,
	request: StoreRequest,
	read: (body: unknown) => PageOf<T> | undefined,
	{ limit = Number.POSITIVE_INFINITY, stillWanted }: PagesOptions = {},
): Promise<PagesReply<T>> {
	const elements: T[] = [];
	const seen = new Set<string>();
	let continuationToken: string | undefined;
	let pageSize: number | undefined = Math.min(limit, LARGEST_PAGE);
	for (let page = 0; page < MOST_PAGES; page++) {
		const query = { ...request.query, continuationToken, maxResults: pageSize };
		const sent: Sent<PageOf<T>> = await sender.send({ ...request, query }, read, stillWanted);
		if (sent.kind === 'notSent') return { kind: 'refused', refusal: sent.because ?? STOPPED };
		if (sent.kind === 'refused') {
			// The reference names no maximum for the inventory, so a refused page size is left out.
			if (page === 0 && pageSize !== undefined && sent.refusal.parameter === 'maxresults') {
				pageSize = undefined;
				page--;
				continue;
			}
			return { kind: 'refused', refusal: sent.refusal };
		}
		for (const element of sent.answer.elements) elements.push(element);
		if (elements.length >= limit) return { kind: 'read', elements: elements.slice(0, limit) };
		continuationToken = sent.answer.continuationToken;
		if (continuationToken === undefined) return { kind: 'read', elements };
		if (seen.has(continuationToken)) return { kind: 'refused', refusal: GOES_ROUND };
		seen.add(continuationToken);
	}
	return { kind: 'refused', refusal: NEVER_ENDS };
}

/**
 * Reads a page whose elements stand under `name`; undefined if the body is no such page. A service
 * may leave out a list that is empty, so a body with nothing but a continuation token is a page too.
 */
export function readPage(body: unknown, name: string): PageOf<unknown> | undefined {
	if (!isRecord(body)) return undefined;
	const named = property(body, name);
	const elements = list(named);
	if (elements === undefined) return undefined;
	if (named === undefined && Object.keys(body).some((key) => !/^continuationToken$/i.test(key))) {
		return undefined;
	}
	const token = property(body, 'continuationToken') ?? '';
	// There is a next page, but no way to ask for it: the list would pass for a whole one.
	if (token !== '' && text(token) === undefined) return undefined;
	return { elements, continuationToken: text(token) };
}

const GOES_ROUND: Refusal = {
	kind: 'refused',
	words: 'The same continuation token came twice, so the list would never end. Reading was stopped',
	effect: 'none',
};

const NEVER_ENDS: Refusal = {
	kind: 'refused',
	words: `The list goes on after ${MOST_PAGES} pages. Reading was stopped`,
	effect: 'none',
};
