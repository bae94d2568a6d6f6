import { UNSENDABLE } from './text';

const SEPARATORS = /[\s,;]+/u;
/** Spreadsheets and mail clients leave these beside a name; no one sees them, every comparison does. */
const INVISIBLE = /[\s\u200b-\u200d\u2060]/u;
/** Entra allows 113; a name of ten thousand fits no address, so its seat could not be looked up. */
const LONGEST_NAME = 1024;
const BRACED_OBJECT_ID = /^\{([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}$/;
const OBJECT_ID = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i;

export interface ParsedUsernames {
	/** Trimmed, in the order given, without regard to repetitions. */
	readonly names: readonly string[];
	/** What in the value could not be a name, in words for the user; undefined if all of it could. */
	readonly leftOver?: string;
}

/**
 * Reads the `usernames` parameter: one name, a list, text with names separated by commas,
 * semicolons, white space or new lines, or text that is a JSON list. Empty cells are no names.
 * Whatever else stands in the value is reported, never skipped.
 */
export function parseUsernames(value: unknown): ParsedUsernames {
	const names: string[] = [];
	const leftOver: string[] = [];
	collect(value, names, leftOver, 0);
	return leftOver.length > 0 ? { names, leftOver: leftOver[0] } : { names };
}

function collect(value: unknown, names: string[], leftOver: string[], depth: number): void {
	if (value === undefined || value === null) return;
	if (typeof value === 'string') {
		const list = depth === 0 ? jsonList(value) : undefined;
		if (list !== undefined) {
			collect(list, names, leftOver, depth);
			return;
		}
		for (const part of value.split(SEPARATORS)) {
			const name = withoutInvisibleEdges(part);
			if (name !== '') names.push(name);
		}
		return;
	}
	if (typeof value === 'number' || typeof value === 'bigint') {
		names.push(String(value));
		return;
	}
	// Two levels, because a column that holds lists often arrives as a list of lists.
	if (Array.isArray(value) && depth < 2) {
		for (const entry of value) collect(entry, names, leftOver, depth + 1);
		return;
	}
	leftOver.push(
		Array.isArray(value) ? 'a list nested too deeply' : `a value of type ${typeof value}`,
	);
}

/** By steps: a pattern anchored at the end takes the square of the time for a cell full of such characters. */
function withoutInvisibleEdges(part: string): string {
	let start = 0;
	let end = part.length;
	while (start < end && INVISIBLE.test(part[start])) start++;
	while (end > start && INVISIBLE.test(part[end - 1])) end--;
	return part.slice(start, end);
}

function jsonList(text: string): unknown[] | undefined {
	if (!text.trimStart().startsWith('[')) return undefined;
	try {
		const parsed: unknown = JSON.parse(text);
		return Array.isArray(parsed) ? parsed : undefined;
	} catch {
		return undefined;
	}
}

/** The form in which two names are compared: casing and the braces of an object id do not count. */
export function nameKey(name: string): string {
	const folded = name.toLowerCase();
	return BRACED_OBJECT_ID.exec(folded)?.[1] ?? folded;
}

/**
 * The form of a name that is the same however its letters are composed. Looser than `nameKey`: two users
 * may have it in common.
 */
export const composedKey = (name: string): string => nameKey(name.trim()).normalize('NFC');

/** An Entra object id, with or without braces. */
export const isObjectId = (name: string): boolean => OBJECT_ID.test(name.trim());

/**
 * Why a name cannot be sent at all, in words for the user; undefined if it can. Only what would
 * change the request itself is refused here: whether a user exists is the service's to say.
 */
export function unsendable(name: string): string | undefined {
	if (name === '.' || name === '..') return `"${name}" is a path, not a user name`;
	if (name.length > LONGEST_NAME) {
		return `The user name has ${name.length} characters. No user name is longer than ${LONGEST_NAME}`;
	}
	if (UNSENDABLE.test(name)) {
		return 'The user name contains a control character or half of a character, which cannot be sent';
	}
	return undefined;
}
