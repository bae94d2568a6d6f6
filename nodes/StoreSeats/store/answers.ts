import type { BulkAnswer } from '../seats/matching';
import type { ProductKey, SeatDetails } from '../seats/seat';
import { readPage } from './pages';
import { cut, isRecord, list, LONGEST_TEXT, oneLine, property, text } from './reading';

/**
 * Reads the answer to a bulk request. Undefined if it is not one (HTML of a gateway, cut-off JSON,
 * a wrong type): then nothing is known of what was done.
 */
export function readBulkAnswer(body: unknown): BulkAnswer | undefined {
	if (!isRecord(body)) return undefined;
	const details = property(body, 'seatDetails');
	const refused = property(body, 'failedSeatOperations');
	if (details === undefined && refused === undefined && Object.keys(body).length > 0) {
		return undefined;
	}
	const detailList = list(details);
	const refusedList = list(refused);
	if (detailList === undefined || refusedList === undefined) return undefined;
	return {
		details: detailList.map(readSeat).filter((seat) => seat !== undefined),
		refused: refusedList.flatMap((entry) => {
			const userName = short(property(entry, 'userName'));
			if (userName === undefined) return [];
			const reason = text(property(entry, 'failureReason'));
			const failureReason =
				reason === undefined ? 'The Store refused this user and gave no reason' : oneLine(reason);
			return [{ userName, failureReason, productKey: readKey(property(entry, 'productKey')) }];
		}),
	};
}

/** Reads one SeatDetails; undefined if the value is not an object with any of its fields. */
export function readSeat(value: unknown): SeatDetails | undefined {
	if (!isRecord(value)) return undefined;
	const assignedTo = short(property(value, 'assignedTo'));
	const state = short(property(value, 'state'));
	const dateAssigned = short(property(value, 'dateAssigned'));
	if (assignedTo === undefined && state === undefined && dateAssigned === undefined) {
		return undefined;
	}
	return { assignedTo, state, dateAssigned, productKey: readKey(property(value, 'productKey')) };
}

/** A name, a state or a date; one that is longer than any is cut, and then matches nothing. */
function short(value: unknown): string | undefined {
	const words = text(value);
	return words === undefined ? undefined : cut(words, LONGEST_TEXT);
}

function readKey(value: unknown): Partial<ProductKey> | undefined {
	const productId = text(property(value, 'productId'));
	const skuId = text(property(value, 'skuId'));
	return productId === undefined && skuId === undefined ? undefined : { productId, skuId };
}

/** Reads a page of a SeatDetailsResultSet; undefined if the body is not one. */
export function readSeatPage(
	body: unknown,
): { seats: SeatDetails[]; continuationToken?: string } | undefined {
	const page = readPage(body, 'seats');
	if (page === undefined) return undefined;
	// An empty object says nothing, least of all that there are no seats.
	if (page.continuationToken === undefined && property(body, 'seats') === undefined)
		return undefined;
	// What cannot be read stays as a seat of nobody, so that nobody's absence is concluded from the list.
	const seats = page.elements.map((element) => readSeat(element) ?? {});
	return { seats, continuationToken: page.continuationToken };
}

/** What the body of a refusal says. The JSON spelling is not published, so everything is optional. */
export interface RefusalBody {
	/** The service's words as one line of at most 500 characters; undefined if there are none. */
	readonly words?: string;
	readonly missing?: 'inventory' | 'user' | 'seat';
	/** The parameter complained of, in lower case. */
	readonly parameter?: string;
	/** The body was structured, so it is the Store that speaks and not a gateway before it. */
	readonly structured: boolean;
}

const WORD_FIELDS = ['message', 'description', 'reason', 'details'] as const;

/** What a 404 could not find, by its words where it names no item type. */
export function missingByWords(words: string): RefusalBody['missing'] {
	if (/\b(no such|unknown) user\b/i.test(words)) return 'user';
	// A sentence ends with a stop and a space: a user name has stops of its own.
	const sentence = words.split(/\.(?:\s|$)/).find((one) => NOT_FOUND.test(one)) ?? '';
	// "The user has no seat: not found" is about the seat.
	if (/\bseats?\b/i.test(sentence || words)) return 'seat';
	return /\busers?\b/i.test(sentence) ? 'user' : undefined;
}

const NOT_FOUND = /\b(?:not found|unknown|not exist|no such)/i;

/** `UserNotFound`, `SeatDoesNotExist`, `InventoryNotFound`. */
const NOT_FOUND_CODE = /^([A-Za-z]+?)(?:Was|Is|Does)?(?:NotFound|NotExist)s?$/i;

/** Reads the body of a refusal: the documented fields in any casing and nesting, else its plain text. */
export function readRefusalBody(body: unknown): RefusalBody {
	const parsed = typeof body === 'string' ? parse(body) : body;
	if (!isRecord(parsed)) {
		return { words: plainText(typeof body === 'string' ? body : undefined), structured: false };
	}
	const said: string[] = [];
	const found: Found = { levels: 0 };
	readLevel(parsed, said, found, 0, false);
	const words = oneLine(said.filter((word, index) => said.indexOf(word) === index).join(' '));
	return {
		words: words === '' ? rawWords(parsed) : words,
		structured: true,
		missing: found.missing ?? found.missingByCode,
		parameter: (found.parameter ?? found.parameterByName)?.toLowerCase(),
	};
}

/** A body in a form nobody has seen yet; one nested too deeply to write out says nothing. */
function rawWords(body: Record<string, unknown>): string | undefined {
	try {
		return oneLine(JSON.stringify(body));
	} catch {
		return undefined;
	}
}

/** More than any refusal has; a body of nothing but levels would take minutes. */
const MOST_LEVELS = 100;

/** Where a 400 names the parameter; its spelling is not published. */
const PARAMETER_FIELDS = ['parameter', 'parameterName', 'target'];

interface Found {
	missing?: RefusalBody['missing'];
	missingByCode?: RefusalBody['missing'];
	parameterByName?: string;
	parameter?: string;
	levels: number;
}

function readLevel(
	level: Record<string, unknown>,
	said: string[],
	found: Found,
	depth: number,
	isData: boolean,
): void {
	if (++found.levels > MOST_LEVELS) return;
	for (const field of WORD_FIELDS) {
		const words = text(property(level, field));
		if (words !== undefined)
			said.push(/[.!?]$/.test(words.trim()) ? words.trim() : `${words.trim()}.`);
	}
	if (said.length === 0 && depth === 0) {
		const code = text(property(level, 'code'));
		if (code !== undefined && !isRecord(property(level, 'error'))) said.push(`${code}.`);
	}
	found.missing ??= missingItem(text(property(level, 'itemType')) ?? text(property(level, 'type')));
	found.missingByCode ??= missingItem(
		NOT_FOUND_CODE.exec(text(property(level, 'code'))?.trim() ?? '')?.[1],
	);
	found.parameter ??= PARAMETER_FIELDS.map((field) => text(property(level, field))).find(
		(name) => name !== undefined,
	);
	// At the top a name is that of the refusal itself.
	if (isData) found.parameterByName ??= text(property(level, 'name'));
	if (depth >= 4) return;
	for (const name of ['error', 'data', 'details', 'innererror']) {
		const inner = property(level, name);
		const levels = Array.isArray(inner) ? inner.slice(0, 10) : [inner];
		const below = name === 'data' || name === 'details';
		for (const next of levels) if (isRecord(next)) readLevel(next, said, found, depth + 1, below);
	}
}

function missingItem(itemType: string | undefined): RefusalBody['missing'] {
	switch (itemType?.toLowerCase()) {
		case 'inventory':
		case 'product':
		case 'sku':
			return 'inventory';
		case 'user':
			return 'user';
		case 'seat':
			return 'seat';
		default:
			return undefined;
	}
}

function parse(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}

/** The title of an HTML page, or its first words; a page of mark-up tells an administrator nothing. */
function plainText(body: string | undefined): string | undefined {
	if (body === undefined) return undefined;
	const start = cut(body, 20_000);
	const title = /<title[^>]*>([^<]*)<\/title>/i.exec(start)?.[1];
	const words = oneLine(
		title ?? start.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '),
	);
	return words === '' ? undefined : words;
}
