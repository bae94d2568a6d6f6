import type {
	AxiosAdapter,
	AxiosRequestConfig,
	AxiosStatic,
	InternalAxiosRequestConfig,
} from 'axios';

import type { StoreEmulator } from '../../emulator/service';
import type { Clock } from '../../nodes/StoreSeats/store/clock';

interface Sleeper {
	readonly atMs: number;
	readonly order: number;
	readonly wake: () => void;
}

/**
 * Time that passes only while everybody waits for it. `run` drives it: whenever nothing in the process
 * can go on, the earliest sleeper wakes. An hour of pauses takes a moment, in the same order each time.
 */
export class VirtualTime implements Clock {
	private timeMs = Date.UTC(2026, 10, 22, 8);
	private sleepers: Sleeper[] = [];
	private order = 0;

	nowMs(): number {
		return this.timeMs;
	}

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		if (signal?.aborted) return;
		await new Promise<void>((resolve) => {
			const wake = () => {
				this.sleepers = this.sleepers.filter((other) => other !== sleeper);
				signal?.removeEventListener('abort', wake);
				resolve();
			};
			const sleeper = { atMs: this.timeMs + Math.max(0, ms), order: this.order++, wake };
			this.sleepers.push(sleeper);
			signal?.addEventListener('abort', wake);
		});
	}

	/** How many still wait for time to pass. */
	get waiting(): number {
		return this.sleepers.length;
	}

	/** Lets time pass until `work` is done. Rejects if it waits for something that is not time. */
	async run<T>(work: Promise<T>, limitMs = 24 * 3600_000): Promise<T> {
		const untilMs = this.timeMs + limitMs;
		let done = false;
		const ended = work.finally(() => (done = true));
		ended.catch(() => {});
		for (let idle = 0; !done;) {
			for (let turn = 0; turn < 3 && !done; turn++) await nextTurn();
			if (done) break;
			if (this.wakeNext()) idle = 0;
			else if (++idle > 2000) throw new Error('Everybody waits, and not for time');
			if (this.timeMs > untilMs) throw new Error('The work takes longer than a day');
		}
		return await ended;
	}

	/** Lets everything that still waits for time happen. */
	async drain(): Promise<void> {
		do {
			for (let turn = 0; turn < 3; turn++) await nextTurn();
		} while (this.wakeNext());
	}

	private wakeNext(): boolean {
		let next: Sleeper | undefined;
		for (const sleeper of this.sleepers) {
			if (
				next === undefined ||
				sleeper.atMs < next.atMs ||
				(sleeper.atMs === next.atMs && sleeper.order < next.order)
			) {
				next = sleeper;
			}
		}
		if (next === undefined) return false;
		this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
		this.timeMs = Math.max(this.timeMs, next.atMs);
		next.wake();
		return true;
	}
}

const nextTurn = async () => await new Promise<void>((resolve) => setImmediate(resolve));

/** The HTTP clients of n8n's engine and of its OAuth2 library; each has an axios of its own. */
export function enginesAxios(): AxiosStatic[] {
	return ['n8n-core', '@n8n/client-oauth2'].map((name) => {
		const path = require.resolve('axios', { paths: [require.resolve(name)] });
		// eslint-disable-next-line @typescript-eslint/no-require-imports
		const module = require(path) as AxiosStatic & { default?: AxiosStatic };
		return module.default ?? module;
	});
}

/** What the adapter saw of the requests under way, which the emulator cannot see of abandoned ones. */
export interface Wire {
	inFlight: number;
	mostInFlight: number;
}

/**
 * Carries n8n's requests to an emulator in this process, in virtual time: the same helpers, the same
 * token handling, the same reading of answers, only the socket is missing. What axios's own adapter
 * makes of timeouts, cut connections and aborts is made here too.
 */
export function virtualAdapter(
	clients: readonly AxiosStatic[],
	emulator: StoreEmulator,
	clock: VirtualTime,
): Wire {
	const wire: Wire = { inFlight: 0, mostInFlight: 0 };
	const { AxiosError } = clients[0];
	const fail = (message: string, code: string, config: InternalAxiosRequestConfig) =>
		new AxiosError(message, code, config, {});

	const adapter: AxiosAdapter = async (config) => {
		const uri = new URL(clients[0].getUri(config as AxiosRequestConfig));
		const gone = new AbortController();
		const isStore = uri.pathname.startsWith('/V1/');
		if (isStore) wire.mostInFlight = Math.max(wire.mostInFlight, ++wire.inFlight);
		const ends: Array<Promise<'timeout' | 'aborted'>> = [];
		if (config.timeout) ends.push(clock.sleep(config.timeout, gone.signal).then(() => 'timeout'));
		const { signal } = config;
		if (signal) {
			ends.push(
				new Promise((resolve) => signal.addEventListener?.('abort', () => resolve('aborted'))),
			);
		}
		const headers: Record<string, string> = {};
		for (const [name, value] of Object.entries(config.headers.toJSON())) {
			headers[name.toLowerCase()] = String(value);
		}
		try {
			const request = {
				method: (config.method ?? 'get').toUpperCase(),
				target: uri.pathname + uri.search,
				headers,
				body: typeof config.data === 'string' ? config.data : '',
			};
			const answer = await Promise.race([emulator.handle(request, gone.signal), ...ends]);
			if (answer === 'aborted') throw fail('canceled', 'ERR_CANCELED', config);
			if (answer === 'timeout')
				throw fail(`timeout of ${config.timeout}ms exceeded`, 'ECONNABORTED', config);
			if (answer.cut === 'beforeHeaders') throw fail('socket hang up', 'ECONNRESET', config);
			if (answer.cut === 'midBody') throw fail('aborted', 'ECONNRESET', config);
			const response = {
				data: String(answer.body),
				status: answer.status,
				statusText: '',
				headers: answer.headers,
				config,
			};
			if (config.validateStatus && !config.validateStatus(answer.status)) {
				throw new AxiosError(
					`Request failed with status code ${answer.status}`,
					'ERR_BAD_REQUEST',
					config,
					{},
					response as never,
				);
			}
			return response as never;
		} finally {
			if (isStore) wire.inFlight--;
			gone.abort();
		}
	};
	for (const client of clients) client.defaults.adapter = adapter;
	return wire;
}
