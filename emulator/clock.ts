/** Time as the emulator sees it. Everything that waits or dates something goes through it. */
export interface Clock {
	/** Milliseconds since the epoch. */
	nowMs(): number;
	/**
	 * Resolves after `ms` milliseconds. When the signal is aborted it may settle early, by resolving
	 * or rejecting; callers look at the signal afterwards.
	 */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. `sleep` rejects with the signal's reason as soon as it is aborted. */
export const systemClock: Clock = {
	nowMs: () => Date.now(),
	sleep: (ms, signal) =>
		new Promise((resolve, reject) => {
			const leave = () => {
				clearTimeout(timer);
				reject(signal?.reason);
			};
			const timer = setTimeout(() => {
				signal?.removeEventListener('abort', leave);
				resolve();
			}, ms);
			if (signal?.aborted) leave();
			else signal?.addEventListener('abort', leave, { once: true });
		}),
};
