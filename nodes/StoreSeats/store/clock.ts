/** Time as the service client sees it. Handed in, so that tests can run an hour in a moment. */
export interface Clock {
	nowMs(): number;
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
