/** Control characters and lone surrogates: neither can be put into a request unchanged. */
export const UNSENDABLE = /[\p{Cc}\p{Cs}]/u;

/** A value of the user's as a message quotes it: printable, and not longer than a line. */
export function shown(value: string): string {
	const printable = value.replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd');
	return printable.length > 60 ? `${printable.slice(0, 60)}…` : printable;
}
