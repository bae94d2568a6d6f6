import axios, { type AxiosInstance } from 'axios';
import type { Clock } from '../../emulator/clock';
import { type RunningEmulator, type ServerOptions, startEmulator } from '../../emulator/server';
import { type EmulatorOptions, StoreEmulator } from '../../emulator/service';
import type { ProductSpec } from '../../emulator/store';

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
	private timeMs = Date.UTC(2026, 0, 5, 8);
	private sleepers: Array<{ atMs: number; wake: () => void }> = [];

	nowMs(): number {
		return this.timeMs;
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			const sleeper = { atMs: this.timeMs + ms, wake: resolve };
			this.sleepers.push(sleeper);
			signal?.addEventListener('abort', () => {
				this.sleepers = this.sleepers.filter((other) => other !== sleeper);
				resolve();
			});
		});
	}

	/** Lets the time pass, waking sleepers in their order, and lets what they do settle. */
	async advance(ms: number): Promise<void> {
		const untilMs = this.timeMs + ms;
		await settle();
		for (;;) {
			this.sleepers.sort((one, other) => one.atMs - other.atMs);
			const next = this.sleepers[0];
			if (!next || next.atMs > untilMs) break;
			this.sleepers.shift();
			this.timeMs = next.atMs;
			next.wake();
			await settle();
		}
		this.timeMs = untilMs;
	}
}

/** Lets every promise that can settle now do so. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export const sampleProducts: ProductSpec[] = [
	{
		productId: 'APP',
		localized: { 'en-us': { displayName: 'Sample app' } },
		skus: [
			{ skuId: '0001', seatCapacity: 3 },
			{ skuId: '0002', distributionPolicy: 'Open' },
		],
	},
	{ productId: 'OFFLINE', skus: [{ skuId: '0001', licenseType: 'Offline' }] },
];

export const sampleUsers = [
	{ upn: 'ada@contoso.com', objectId: 'aaaaaaaa-0000-4000-8000-000000000001' },
	{ upn: 'Grace@contoso.com', objectId: 'aaaaaaaa-0000-4000-8000-000000000002' },
	{ upn: 'alan@contoso.com', objectId: 'aaaaaaaa-0000-4000-8000-000000000003' },
	{ upn: 'zoe@contoso.com', objectId: 'aaaaaaaa-0000-4000-8000-000000000004' },
];

export interface Answered {
	status: number;
	headers: Record<string, string>;
	/** Parsed where it is JSON. */
	data: any;
}

/** An emulator without HTTP, with a small tenant, and a client that holds a token. */
export function emulate(options: EmulatorOptions = {}) {
	const emulator = new StoreEmulator({ users: sampleUsers, products: sampleProducts, ...options });
	const authorization = `Bearer ${emulator.tokens.issue()}`;
	const call = async (
		method: string,
		target: string,
		body?: unknown,
		signal?: AbortSignal,
	): Promise<Answered> => {
		const answer = await emulator.handle(
			{
				method,
				target,
				headers: { authorization },
				body: typeof body === 'string' ? body : JSON.stringify(body ?? ''),
			},
			signal,
		);
		const isJson = answer.headers['content-type']?.startsWith('application/json');
		const data = isJson ? JSON.parse(String(answer.body)) : answer.body;
		return { status: answer.status, headers: answer.headers, data };
	};
	const bulk = (seatAction: string, usernames: unknown, sku = 'APP/0001') =>
		call('POST', `/V1/Inventory/${sku}/Seats`, { usernames, seatAction });
	return { emulator, call, bulk };
}

/** An emulator over HTTP, and a client that holds a token and never throws on a status. */
export async function serve(
	options: ServerOptions = {},
): Promise<RunningEmulator & { http: AxiosInstance }> {
	const running = await startEmulator({ users: sampleUsers, products: sampleProducts, ...options });
	const http = axios.create({
		baseURL: running.url,
		headers: { Authorization: `Bearer ${running.emulator.tokens.issue()}` },
		validateStatus: () => true,
		maxRedirects: 0,
		proxy: false,
	});
	return { ...running, http };
}

/** Names in `seatDetails` and in `failedSeatOperations`, as answered. */
export function names({ data }: Answered): { assigned: string[]; failed: string[] } {
	return {
		assigned: data.seatDetails.map((seat: any) => seat.assignedTo),
		failed: data.failedSeatOperations.map((failure: any) => failure.userName),
	};
}
