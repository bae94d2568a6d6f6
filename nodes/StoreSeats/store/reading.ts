/**
 * Reads what the service sends without believing it: property names in any casing (the reference
 * itself mixes `State` and `state`), lists that are null or absent, wrong types.
 */

/** The property of an object whose name matches in any casing; an exact spelling goes first. */
export function property(value: unknown, name: string): unknown {
	if (!isRecord(value)) return undefined;
	if (Object.hasOwn(value, name)) return value[name];
	const wanted = name.toLowerCase();
	for (const key of Object.keys(value)) {
		if (key.toLowerCase() === wanted) return value[key];
	}
	return undefined;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Nothing that the Store has to say is longer; what is, would only fill memory and hide the rest. */
export const LONGEST_TEXT = 500;

/** A text in one line of at most 500 characters; what is cut off leaves a `…`. */
export function oneLine(words: string): string {
	const some = cut(words, 8 * LONGEST_TEXT);
	return cut(some.replace(/[\s\p{Cc}]+/gu, ' ').trim(), LONGEST_TEXT);
}

/** At most so many characters; what is cut off leaves a `…`, by which a cut secret is known. */
export const cut = (words: string, length: number): string =>
	words.length > length ? `${words.slice(0, length - 1)}…` : words;

/** Text as it is, numbers as text, everything else undefined. */
export function text(value: unknown): string | undefined {
	if (typeof value === 'string') return value === '' ? undefined : value;
	return typeof value === 'number' ? String(value) : undefined;
}

/** A list; null and absent are an empty one, anything else is undefined. */
export function list(value: unknown): readonly unknown[] | undefined {
	if (value === undefined || value === null) return [];
	return Array.isArray(value) ? value : undefined;
}
