export interface PollOptions {
	/** Default 30 s. */
	readonly timeoutMs?: number;
	/** Default 100 ms. */
	readonly everyMs?: number;
}

/**
 * Asks again and again until there is an answer other than undefined or false. Rejects after the
 * timeout, naming what was waited for; a probe that throws counts as no answer yet.
 */
export async function until<T>(
	what: string,
	probe: () => Promise<T | undefined | false> | T | undefined | false,
	{ timeoutMs = 30_000, everyMs = 100 }: PollOptions = {},
): Promise<T> {
	const deadlineMs = Date.now() + timeoutMs;
	let last = '';
	for (;;) {
		try {
			const answer = await probe();
			if (answer !== undefined && answer !== false) return answer;
			last = '';
		} catch (error) {
			last = ` (last: ${error instanceof Error ? error.message : String(error)})`;
		}
		if (Date.now() > deadlineMs) {
			throw new Error(`Waited ${timeoutMs / 1000} s for ${what} in vain${last}`);
		}
		await new Promise((resolve) => setTimeout(resolve, everyMs));
	}
}
