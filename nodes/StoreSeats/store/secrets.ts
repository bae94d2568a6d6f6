/**
 * Takes tokens and secrets out of text before it reaches an item, an error or a log: the ones that
 * are known, and whatever has the shape of a bearer token. A service may echo what it was sent.
 */
export class Redactor {
	private readonly known = new Set<string>();

	/** Remembers a value that must never be shown; very short ones would take ordinary words with them. */
	add(value: unknown): void {
		if (typeof value !== 'string' || value.length < 6) return;
		for (const form of forms(value)) this.known.add(form);
	}

	redact(words: string): string {
		const clean = this.withoutKnown(words);
		if (clean.includes('…')) return withoutTokens(this.withoutBeginnings(clean));
		return withoutTokens(clean);
	}

	/**
	 * A structure of the service with the known secrets taken out of its texts and names. Only those: a
	 * package's address or a license may look like a token and has to stay as it is.
	 */
	redactKnown<T>(value: T): T {
		if (typeof value === 'string') return this.withoutKnown(value) as T;
		if (Array.isArray(value)) return value.map((entry) => this.redactKnown<unknown>(entry)) as T;
		if (typeof value !== 'object' || value === null) return value;
		const entries = Object.entries(value).map(([name, inner]: [string, unknown]) => [
			this.withoutKnown(name),
			this.redactKnown(inner),
		]);
		return Object.fromEntries(entries) as T;
	}

	private withoutKnown(words: string): string {
		let clean = words;
		for (const secret of this.known) {
			if (clean.includes(secret)) clean = clean.split(secret).join(REMOVED);
		}
		return clean;
	}

	/** A text that was cut off may end in the middle of a secret. */
	private withoutBeginnings(words: string): string {
		return words
			.split('…')
			.map((part) => {
				for (const secret of this.known) {
					for (let length = Math.min(secret.length - 1, part.length); length >= 6; length--) {
						if (part.endsWith(secret.slice(0, length))) {
							return part.slice(0, -length) + REMOVED;
						}
					}
				}
				return part;
			})
			.join('…');
	}
}

/** As it is, in JSON, in a URL, in a form, in a header; percent escapes in either casing. */
function forms(secret: string): string[] {
	const inUrl = encodeURIComponent(secret);
	const inForm = new URLSearchParams({ x: secret }).toString().slice(2);
	const base64 = Buffer.from(secret, 'utf8').toString('base64');
	const smallEscapes = (text: string) =>
		text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
	return [
		secret,
		JSON.stringify(secret).slice(1, -1),
		inUrl,
		smallEscapes(inUrl),
		inForm,
		smallEscapes(inForm),
		base64,
		base64.replace(/=+$/, ''),
		base64.replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_'),
		encodeURIComponent(base64),
	];
}

const REMOVED = '[removed]';
const LOOKS_LIKE_A_TOKEN = /bearer|basic|eyJ/i;

/** "Basic subscription" is no secret: what follows has to look less like a word, or be very long. */
const AFTER_A_SCHEME =
	/\b([Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc])\s+(?=[\w.~+/=-]*(?:[\d_~+=]|[./]\w|[a-z][A-Z])|[\w-]{20})[\w.~+/=-]{6,}/g;

const withoutTokens = (words: string): string =>
	LOOKS_LIKE_A_TOKEN.test(words)
		? words
				.replace(AFTER_A_SCHEME, `$1 ${REMOVED}`)
				.replace(/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, REMOVED)
		: words;
