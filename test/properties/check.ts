import type { IDataObject, INodeExecutionData, IRun } from 'n8n-workflow';

import { defaultClient, StoreEmulator } from '../../emulator/service';
import { errorOf, itemsOf, type Engine } from '../../harness/engine';
import { nameKey } from '../../nodes/StoreSeats/seats/usernames';
import { seededRandom } from '../support/random';
import { byId, NODE_TYPE } from '../support/store';
import { virtualAdapter, VirtualTime, type enginesAxios } from '../support/virtual';
import type { VirtualRuntime } from '../support/virtualNode';
import { LATE_USERS, objectIdOf, PRODUCTS, USERS, userName, type Scenario } from './scenario';

/** What one row asks for, by the contract's words and nothing of the code under test but name keys. */
function expectedAsks({
	rows,
}: Scenario): Array<{ row: number; username: string; product: number }> {
	return rows.flatMap(({ names, product }, row) => {
		const seen = new Set<string>();
		const asks = names.flatMap((given) => {
			const username = given.trim();
			if (seen.has(nameKey(username))) return [];
			seen.add(nameKey(username));
			return [{ row, username, product }];
		});
		return asks.length > 0 ? asks : [{ row, username: '', product }];
	});
}

export interface Outcome {
	readonly statuses: Record<string, number>;
	readonly stopped: boolean;
}

/** Runs a scenario on n8n's engine in virtual time and holds the result against the contract. */
export async function checkScenario(
	scenario: Scenario,
	engine: Engine,
	clients: ReturnType<typeof enginesAxios>,
	useRuntime: (runtime: VirtualRuntime) => void,
): Promise<Outcome> {
	const clock = new VirtualTime();
	const random = seededRandom(scenario.seed);
	const emulator = makeStore(scenario, clock, random);
	const wire = virtualAdapter(clients, emulator, clock);
	useRuntime({ clock, random: seededRandom(scenario.seed + 1) });

	const initially = PRODUCTS.slice(0, 2).map(({ productId, skuId }) =>
		holdersOf(emulator, productId, skuId),
	);
	const url = 'http://127.0.0.1:9';
	const credentials = engine.saveCredential('property', {
		...defaultClient,
		authority: url,
		baseUrl: url,
	});
	const run = await clock.run(
		engine.run({
			rows: scenario.rows.map(({ names, product }) => ({ names, ...PRODUCTS[product] })) as never,
			nodes: [
				{
					name: 'Seats',
					type: NODE_TYPE,
					credentials,
					onError: scenario.onError,
					parameters: {
						resource: 'seat',
						operation: scenario.action.toLowerCase(),
						productId: byId('={{ $json.productId }}') as never,
						skuId: byId('={{ $json.skuId }}') as never,
						usernames: '={{ $json.names }}',
						options: scenario.options,
					},
				},
			],
		}),
	);
	const requestsAtEnd = emulator.log.length;
	const inFlightAtEnd = wire.inFlight;
	await clock.drain();

	expect(emulator.log.length).toBe(requestsAtEnd);
	expect(inFlightAtEnd).toBe(0);
	expect(wire.mostInFlight).toBeLessThanOrEqual(scenario.options.maxConcurrency);
	checkRequests(emulator, scenario);
	const results = readResults(run, scenario);
	checkOutcomes(results, scenario, emulator, initially);
	const written = JSON.stringify([run.data.resultData.runData, errorOf(run)]);
	expect(written).not.toContain('emulator-secret');
	expect(written).not.toMatch(/emulated\.\d/);

	const statuses: Record<string, number> = {};
	for (const { status } of results) statuses[String(status)] = (statuses[String(status)] ?? 0) + 1;
	return { statuses, stopped: errorOf(run) !== undefined };
}

function makeStore(scenario: Scenario, clock: VirtualTime, random: () => number): StoreEmulator {
	const { holders, capacity } = scenario;
	const knownFromMs = clock.nowMs() + scenario.lateUsersAfterS * 1000;
	const sku = (index: 0 | 1) => ({
		skuId: PRODUCTS[index].skuId,
		seatCapacity: capacity[index],
		holders: holders[index].filter((user) => user >= LATE_USERS).map(userName),
	});
	return new StoreEmulator({
		clock,
		random,
		users: Array.from({ length: USERS }, (_, index) => ({
			upn: userName(index),
			objectId: objectIdOf(index),
			...(index < LATE_USERS ? { knownFromMs } : {}),
		})),
		products: [
			{ productId: PRODUCTS[0].productId, skus: [sku(0)] },
			{
				productId: PRODUCTS[1].productId,
				skus: [sku(1), { skuId: PRODUCTS[2].skuId, licenseType: 'Offline' }],
			},
		],
		latencyMs: scenario.latencyMs,
		quirks: scenario.quirks,
		faults: [...scenario.faults],
		...(scenario.rateLimit === undefined ? {} : { rateLimit: scenario.rateLimit }),
		tokenLifetimeSeconds: scenario.tokenLifetimeSeconds,
	});
}

const holdersOf = (emulator: StoreEmulator, productId: string, skuId: string): Set<string> =>
	new Set(emulator.state.holders(productId, skuId).map(nameKey));

/** No request over the size allowed, and none sooner than any answer before it asked for. */
function checkRequests(emulator: StoreEmulator, { options, rateLimit, faults }: Scenario): void {
	const dates = JSON.stringify([rateLimit, faults]).includes('date');
	const byStart = [...emulator.log].filter(({ operation }) => operation !== 'token');
	const pauses = byStart
		.filter(
			({ retryAfterSeconds, endedMs }) => retryAfterSeconds !== undefined && endedMs !== undefined,
		)
		.map(({ startedMs, endedMs = startedMs, retryAfterSeconds = 0 }) => ({
			fromMs: endedMs,
			// Seconds count from the answer; a date that the limiter writes on arrival is a date.
			untilMs: (dates ? startedMs : endedMs) + retryAfterSeconds * 1000,
		}));
	for (const { startedMs, usernames, operation } of byStart) {
		if (operation === 'bulkSeats') {
			expect(usernames?.length).toBeGreaterThan(0);
			expect(usernames?.length).toBeLessThanOrEqual(options.batchSize);
			expect(new Set(usernames?.map(nameKey)).size).toBe(usernames?.length);
		}
		// The only inventory read here renews a token; n8n repeats it itself, without asking anybody.
		if (operation === 'getInventory') continue;
		for (const { fromMs, untilMs } of pauses) {
			if (startedMs > fromMs) expect(startedMs).toBeGreaterThanOrEqual(untilMs);
		}
	}
}

/** The seats of a run, from the items or from the details of the error that stopped it; each linked right. */
function readResults(run: IRun, scenario: Scenario): IDataObject[] {
	const asks = expectedAsks(scenario);
	const stoppedBy = errorOf(run);
	if (stoppedBy !== undefined) {
		expect(scenario.onError).toBe('stopWorkflow');
		const { outcomes } = (stoppedBy.context?.data ?? {}) as { outcomes?: IDataObject[] };
		if (outcomes === undefined) throw new Error(`Stopped without outcomes: ${stoppedBy.message}`);
		expect(outcomes.map(({ username }) => username)).toEqual(asks.map(({ username }) => username));
		return outcomes;
	}
	const items = inInputOrder(run);
	expect(items.map(({ seat }) => seat.username)).toEqual(asks.map(({ username }) => username));
	expect(items.map(({ row }) => row)).toEqual(asks.map(({ row }) => row));
	expect(items.map(({ seat }) => seat.productId)).toEqual(
		asks.map(({ product }) => PRODUCTS[product].productId),
	);
	for (const { seat, isError } of items) {
		expect(isError).toBe(scenario.onError === 'continueErrorOutput' && seat.status === 'failed');
	}
	return items.map(({ seat }) => seat);
}

interface Item {
	readonly seat: IDataObject;
	readonly row: number;
	readonly isError: boolean;
}

/** Main and error output together; inside each, and so for each row, the order is the input's. */
function inInputOrder(run: IRun): Item[] {
	const read = (item: INodeExecutionData, isError: boolean): Item => {
		const seat = (isError ? item.json.error : item.json) as IDataObject;
		return { seat, row: (item.pairedItem as { item: number }).item, isError };
	};
	const main = itemsOf(run, 'Seats').map((item) => read(item, false));
	const failed = itemsOf(run, 'Seats', 1).map((item) => read(item, true));
	for (const items of [main, failed]) {
		expect(items.map(({ row }) => row)).toEqual(items.map(({ row }) => row).sort((a, b) => a - b));
	}
	if (failed.length === 0) return main;
	const asks: Item[] = [];
	const rest = [...main, ...failed].sort((a, b) => a.row - b.row);
	// Inside one row the two outputs are woven together by the order in which the row names its users.
	for (const item of rest) asks.push(item);
	return weave(asks, run);
}

function weave(items: Item[], run: IRun): Item[] {
	const rows = itemsOf(run, 'Spreadsheet').map(({ json }) => json.names as string[]);
	const position = ({ row, seat }: Item) =>
		rows[row].findIndex((given) => nameKey(given.trim()) === nameKey(String(seat.username)));
	return items.sort((a, b) => a.row - b.row || position(a) - position(b));
}

/** The status is the truth: what the service came to in the end, or `unknown`. */
function checkOutcomes(
	results: readonly IDataObject[],
	scenario: Scenario,
	emulator: StoreEmulator,
	initially: ReadonlyArray<ReadonlySet<string>>,
): void {
	const finally_ = PRODUCTS.slice(0, 2).map(({ productId, skuId }) =>
		holdersOf(emulator, productId, skuId),
	);
	const users = new Map<string, Set<string>>();
	for (const { username } of results) {
		const user = upnOf(String(username));
		if (user === undefined) continue;
		users.set(user, (users.get(user) ?? new Set()).add(nameKey(String(username))));
	}
	const twice = new Set([...users].filter(([, names]) => names.size > 1).map(([user]) => user));
	for (const seat of results) {
		expect(['succeeded', 'failed', 'unknown']).toContain(seat.status);
		const product = PRODUCTS.findIndex(
			({ productId, skuId }) => productId === seat.productId && skuId === seat.skuId,
		);
		const user = upnOf(String(seat.username));
		const held = product < 2 && user !== undefined && finally_[product].has(user);
		const wasHeld = product < 2 && user !== undefined && initially[product].has(user);
		const wanted = scenario.action === 'Assign';
		const about = JSON.stringify({ seat, held, wasHeld });
		if (seat.status === 'succeeded') {
			expect([about, held]).toEqual([about, wanted]);
			// Asked for under a second name, the seat may be one that this run assigned under the first.
			if (seat.unchanged === true && user !== undefined && !twice.has(user))
				expect([about, wasHeld]).toEqual([about, wanted]);
		} else if (
			seat.status === 'failed' &&
			(user === undefined || !twice.has(user)) &&
			// A service whose reads lag cannot be told from one that did nothing of what it was asked.
			(scenario.quirks.readsLagMs ?? 0) === 0
		) {
			// (Of one asked for under two names, the other name may have brought the seat.)
			expect([about, held]).toEqual([about, wasHeld]);
			// Refused although it was held already is only what the Store was never heard about.
			const judged = seat.httpStatus === undefined && wasAnsweredAbout(seat, emulator);
			if (judged && wanted) expect([about, held]).toEqual([about, false]);
		}
		if (seat.status !== 'succeeded') expect(String(seat.failureReason).length).toBeGreaterThan(0);
	}
}

/** Whether any bulk request that named the user was answered as a whole. */
const wasAnsweredAbout = (
	{ productId, skuId, username }: IDataObject,
	emulator: StoreEmulator,
): boolean =>
	emulator.log.some(
		(entry) =>
			entry.operation === 'bulkSeats' &&
			entry.status === 200 &&
			entry.productId === productId &&
			entry.skuId === skuId &&
			entry.usernames?.some((name) => nameKey(name) === nameKey(String(username))) === true,
	);

/** The emulator lists holders by UPN. */
function upnOf(name: string): string | undefined {
	const key = nameKey(name);
	for (let index = 0; index < USERS; index++) {
		if (key === userName(index) || key === objectIdOf(index)) return userName(index);
	}
	return undefined;
}
