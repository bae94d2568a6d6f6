import { sleep } from 'n8n-workflow';

import type { Clock } from '../store/clock';

/** What a run takes from its surroundings; tests hand in a clock of their own. */
export interface Runtime {
	readonly clock: Clock;
	/** In [0, 1). */
	readonly random: () => number;
}

/** n8n's `sleep` heeds a signal in its newest versions only, so a stop is noticed between slices. */
const SLICE_MS = 200;

const systemClock: Clock = {
	nowMs: () => Date.now(),
	async sleep(ms, signal) {
		const untilMs = Date.now() + ms;
		do {
			if (signal?.aborted) return;
			await sleep(Math.max(0, Math.min(SLICE_MS, untilMs - Date.now())));
		} while (Date.now() < untilMs);
	},
};

export const systemRuntime: Runtime = { clock: systemClock, random: () => Math.random() };
