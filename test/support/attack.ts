import { join } from 'node:path';

import type { IDataObject, IExecuteFunctions, INodeType, IRun } from 'n8n-workflow';

import type { StoreEmulator, WireLogEntry } from '../../emulator/service';
import { type Engine, errorOf, itemsOf, type RunOptions } from '../../harness/engine';

export const PRODUCT = 'CFQ7TTC0K5DR';
export const SKU = '0002';
export const NODE = 'Store Seats';
export const CREDENTIAL_TYPE = 'storeForBusinessOAuth2Api';

export const ON_ERROR = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;
export type OnErrorSetting = (typeof ON_ERROR)[number];
export const CONTINUING = ['continueRegularOutput', 'continueErrorOutput'] as const;

export interface Attack {
	/** Each row is one input item; the name stands in `email`. */
	readonly rows: readonly IDataObject[];
	readonly operation?: 'assign' | 'reclaim';
	/** On top of the usual product, SKU and `={{ $json.email }}`. */
	readonly parameters?: IDataObject;
	readonly options?: IDataObject;
	readonly onError?: OnErrorSetting;
	/** On top of the emulator's credential. */
	readonly credential?: IDataObject;
	readonly start?: RunOptions;
}

export interface SeatOutcome extends IDataObject {
	productId: string;
	skuId: string;
	username: string;
	status: 'succeeded' | 'failed' | 'unknown';
	failureReason?: string;
	httpStatus?: number;
}

export interface AttackRun {
	readonly run: IRun;
	/** Seats of the main output, then of the error output, each with the row that it is paired with. */
	readonly outcomes: ReadonlyArray<SeatOutcome & { row: number }>;
	readonly main: readonly IDataObject[];
	readonly errors: readonly IDataObject[];
	readonly error: StoppedBy | undefined;
}

/** What n8n keeps of the error that stopped a run. */
export interface StoppedBy {
	readonly message: string;
	readonly description?: string;
	readonly httpCode?: string;
	readonly context: {
		readonly itemIndex?: number;
		readonly data?: { readonly seatsChanged: number; readonly outcomes: readonly SeatOutcome[] };
	};
}

export const credentialFor = (url: string): IDataObject => ({
	tenantId: '11111111-2222-3333-4444-555555555555',
	clientId: 'emulator-client',
	clientSecret: 'emulator-secret',
	authority: url,
	baseUrl: url,
});

let saved = 0;
/** How much faster the node's time runs. */
const hurried = new WeakMap<Engine, number>();

/** One run of the node over the rows, on n8n's engine, with a credential of its own. */
export async function attack(engine: Engine, url: string, what: Attack): Promise<AttackRun> {
	const { rows, operation = 'assign', onError = 'stopWorkflow', parameters, options } = what;
	const credentials = engine.saveCredential(`attack-${++saved}`, {
		...credentialFor(url),
		...what.credential,
	} as never);
	const given = { requestTimeout: 2, maxAttempts: 2, ...options };
	// The time of a request runs on the node's clock, like all others: it must not run faster here.
	const requestTimeout = Math.min(600, Number(given.requestTimeout) * (hurried.get(engine) ?? 1));
	const run = await engine.run(
		{
			rows,
			nodes: [
				{
					name: NODE,
					type: 'n8n-nodes-store-seats.storeSeats',
					onError,
					credentials,
					parameters: {
						resource: 'seat',
						operation,
						productId: { __rl: true, mode: 'id', value: PRODUCT },
						skuId: { __rl: true, mode: 'id', value: SKU },
						usernames: '={{ $json.email }}',
						options: { ...given, requestTimeout },
						...parameters,
					},
				},
			],
		},
		what.start,
	);
	return readRun(run);
}

/** The id under which the credential of the latest attack is kept. */
export const latestCredentialId = (): string => `attack-${saved}`;

function readRun(run: IRun): AttackRun {
	const outputs = [itemsOf(run, NODE, 0), itemsOf(run, NODE, 1)];
	return {
		run,
		outcomes: outputs.flat().map(({ json, pairedItem }) => ({
			...((isObject(json.error) ? json.error : json) as unknown as SeatOutcome),
			row: rowOf(pairedItem),
		})),
		main: outputs[0].map(({ json }) => json),
		errors: outputs[1].map(({ json }) => json),
		error: errorOf(run) as unknown as StoppedBy | undefined,
	};
}

function rowOf(pairedItem: unknown): number {
	const one = Array.isArray(pairedItem) ? pairedItem[0] : pairedItem;
	return typeof one === 'number' ? one : ((one as { item?: number } | undefined)?.item ?? -1);
}

const isObject = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null;

/** Rows of one name each. */
export const rowsOf = (names: readonly unknown[]): IDataObject[] =>
	names.map((email) => ({ email }) as IDataObject);

/** The whole path of a Store request for one product: nothing else may ever be on the wire. */
export function seatPath(productId = PRODUCT, skuId = SKU): RegExp {
	return new RegExp(
		`^/V1/Inventory/${productId}/${skuId}/Seats(?:/[^/?#\\\\\\s]+|\\?(?:continuationToken=[^&]*&)?maxResults=\\d+)?$`,
	);
}

/** Every Store request of the log stays in its place, and no segment means another one. */
export function expectPathsInPlace(emulator: StoreEmulator, allowed: RegExp = seatPath()): void {
	for (const { operation, target } of emulator.requests()) {
		if (operation === 'token') continue;
		expect(target).toMatch(allowed);
		for (const segment of target.split('?')[0].split('/')) {
			expect(segment).not.toMatch(/^(?:\.|%2e){1,2}$/i);
		}
	}
}

/**
 * A seat that is said to have succeeded is in the wanted state, one that failed is not; only
 * `unknown` may be either. (A reclaim may fail for somebody who cannot have a seat at all.)
 */
export function expectTruth(
	emulator: StoreEmulator,
	outcomes: readonly SeatOutcome[],
	operation: 'assign' | 'reclaim' = 'assign',
): void {
	for (const { productId, skuId, username, status, failureReason } of outcomes) {
		if (status === 'unknown') continue;
		const inInventory = emulator.state.findEntry(productId, skuId) !== undefined;
		const held =
			inInventory &&
			username !== '' &&
			emulator.state.seat(productId, skuId, username) !== undefined;
		const wanted = operation === 'assign' ? held : !held;
		const nobody = username === '' || emulator.state.findUser(username) === undefined;
		if (nobody && status === 'failed') continue;
		expect({ username, status, failureReason, wanted }).toEqual({
			username,
			status,
			failureReason,
			wanted: status === 'succeeded',
		});
	}
}

/** One outcome for each name asked for, in the order of the rows, each complete. */
export function expectOneOutcomeEach(
	outcomes: ReadonlyArray<SeatOutcome & { row: number }>,
	asked: ReadonlyArray<readonly string[]>,
): void {
	const inOrder = [...outcomes].sort((one, other) => one.row - other.row);
	expect(inOrder.map(({ row, username }) => [row, username])).toEqual(
		asked.flatMap((names, row) => names.map((name) => [row, name])),
	);
	for (const outcome of outcomes) {
		expect(outcome).toMatchObject({
			productId: expect.any(String),
			skuId: expect.any(String),
			status: expect.stringMatching(/^(succeeded|failed|unknown)$/),
		});
		if (outcome.status !== 'succeeded') {
			expect(outcome.failureReason).toEqual(expect.stringMatching(/\S/));
		}
	}
}

/** Lets users hold a seat from the start. */
export function giveSeats(emulator: StoreEmulator, names: readonly string[]): void {
	const entry = emulator.state.findEntry(PRODUCT, SKU)!;
	for (const name of names) {
		entry.assign(emulator.state.findUser(name)!, -Infinity, entry.lastModified);
	}
}

/** Bulk requests of one product, or of all. */
export const bulkRequests = (emulator: StoreEmulator, productId?: string): WireLogEntry[] =>
	emulator
		.requests('bulkSeats')
		.filter((entry) => productId === undefined || entry.productId === productId);

/**
 * Puts the same node in place with time running faster: pauses of seconds take milliseconds. The time
 * that a request may take stays as it is.
 */
export async function hurry(engine: Engine, times = 100): Promise<void> {
	hurried.set(engine, times);
	const dist = (path: string) => join(__dirname, '../../dist/nodes/StoreSeats', path);
	const { StoreSeats } = (await import(dist('StoreSeats.node.js'))) as {
		StoreSeats: new () => INodeType;
	};
	const { chosenOperation } = (await import(dist('operations/index.js'))) as {
		chosenOperation: (context: IExecuteFunctions) => {
			execute(run: object): Promise<never>;
		};
	};
	const { onErrorOf } = (await import(dist('n8n/onError.js'))) as {
		onErrorOf: (context: IExecuteFunctions) => unknown;
	};
	const startMs = Date.now();
	const clock = {
		nowMs: () => startMs + (Date.now() - startMs) * times,
		sleep: async (ms: number, signal?: AbortSignal) =>
			await new Promise<void>((resolve) => {
				const wake = () => {
					clearTimeout(timer);
					signal?.removeEventListener('abort', wake);
					resolve();
				};
				const timer = setTimeout(wake, ms / times);
				if (signal?.aborted) wake();
				else signal?.addEventListener('abort', wake, { once: true });
			}),
	};
	const node = new StoreSeats();
	node.execute = async function (this: IExecuteFunctions) {
		return await chosenOperation(this).execute({
			context: this,
			items: this.getInputData(),
			onError: onErrorOf(this),
			runtime: { clock, random: Math.random },
		});
	};
	engine.replaceNodeType('n8n-nodes-store-seats.storeSeats', node);
}

/** Waits until a condition holds, at most some seconds; the caller asserts afterwards. */
export async function until(condition: () => boolean, atMostMs = 5_000): Promise<void> {
	for (let waited = 0; !condition() && waited < atMostMs; waited += 10) await pause(10);
}

export const pause = async (ms: number): Promise<void> =>
	await new Promise((resolve) => setTimeout(resolve, ms));
