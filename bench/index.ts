import { Command } from 'commander';

import { defaultClient } from '../emulator/service';
import { Engine, errorOf, itemsOf } from '../harness/engine';
import { Peer } from './peers';
import { BenchStore } from './store';

/** Seats without limit, so that the number of rows is the only thing that changes. */
const PRODUCT = { productId: '9WZDNCRFJ3Q2', skuId: '0010' };
const CONCURRENCY = 4;
const BATCH = 25;
/** With n8n's share a request takes some 62 ms, so that one after another are 16 a second. */
const LIMITED_LATENCY_MS = 56;

interface Measured {
	readonly seconds: number;
	readonly cpuSeconds: number;
	readonly heapMb: number;
	readonly requests: number;
	readonly refused: number;
}

interface Way {
	readonly rows: number;
	readonly latencyMs?: number;
	readonly limit?: { perSecond: number; burst: number; retryAfterSeconds: number };
	/** Our node by default; a peer sends batches of this size with this concurrency. */
	readonly peer?: { batchSize: number; concurrency: number };
	/** How the parameters are written. */
	readonly usernames?: string;
	readonly productId?: string;
}

class Benchmark {
	private constructor(
		private readonly engine: Engine,
		private readonly store: BenchStore,
	) {}

	static async start(users: number): Promise<Benchmark> {
		const engine = await Engine.start();
		engine.replaceNodeType('harness.peer', new Peer());
		return new Benchmark(engine, await BenchStore.start(users));
	}

	async measure(way: Way): Promise<Measured> {
		const { rows, latencyMs, limit, peer, usernames, productId } = way;
		await this.store.reset(latencyMs, limit);
		const { url } = this.store;
		const credentials = this.engine.saveCredential('bench', {
			...defaultClient,
			authority: url,
			baseUrl: url,
		});
		const { productId: id, skuId } = PRODUCT;
		const node =
			peer === undefined
				? {
						type: 'n8n-nodes-store-seats.storeSeats',
						parameters: {
							resource: 'seat',
							operation: 'assign',
							productId: { __rl: true, mode: 'id', value: productId ?? id },
							skuId: { __rl: true, mode: 'id', value: skuId },
							usernames: usernames ?? '={{ $json.email }}',
							options: { maxConcurrency: CONCURRENCY },
						},
					}
				: {
						type: 'harness.peer',
						parameters: { url: `${url}/V1/Inventory/${id}/${skuId}/Seats`, ...peer },
					};
		const people = Array.from({ length: rows }, (_, index) => ({
			email: `pupil${String(index + 1).padStart(4, '0')}@contoso.com`,
			product: id,
		}));
		globalThis.gc?.();
		const heapBefore = process.memoryUsage().heapUsed;
		const cpuBefore = process.cpuUsage();
		const startedMs = performance.now();
		const run = await this.engine.run({
			rows: people,
			nodes: [{ name: 'Node', credentials, ...node }],
		});
		const seconds = (performance.now() - startedMs) / 1000;
		const cpu = process.cpuUsage(cpuBefore);
		globalThis.gc?.();
		const heapMb = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
		const items = itemsOf(run, 'Node');
		if (errorOf(run) !== undefined || items.length !== rows) {
			throw new Error(`${items.length} of ${rows} items: ${errorOf(run)?.message}`);
		}
		const requests = await this.store.requests();
		return {
			seconds,
			cpuSeconds: (cpu.user + cpu.system) / 1e6,
			heapMb,
			requests: requests.length,
			refused: requests.filter(({ status }) => status === 429).length,
		};
	}

	stop(): void {
		this.store.stop();
	}
}

const median = (runs: readonly Measured[]): Measured =>
	[...runs].sort((a, b) => a.seconds - b.seconds)[Math.floor(runs.length / 2)];

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const share = (value: number): string => `${(value * 100).toFixed(1)} %`;

async function latency(bench: Benchmark, rows: number): Promise<void> {
	const latencyMs = 50;
	const limitS = (Math.ceil(rows / BATCH) / CONCURRENCY) * (latencyMs / 1000);
	const peer = { batchSize: BATCH, concurrency: CONCURRENCY };
	await bench.measure({ rows: 200, latencyMs });
	await bench.measure({ rows: 200, latencyMs, peer });
	// In turn, three times each: the machine's own speed drifts more than the two differ.
	const pairs: Array<{ ours: Measured; bare: Measured }> = [];
	for (let pair = 0; pair < 3; pair++) {
		const ours = await bench.measure({ rows, latencyMs });
		pairs.push({ ours, bare: await bench.measure({ rows, latencyMs, peer }) });
	}
	const ours = median(pairs.map((pair) => pair.ours));
	const bare = median(pairs.map((pair) => pair.bare));
	const inTurn = await bench.measure({
		rows,
		latencyMs,
		peer: { batchSize: BATCH, concurrency: 1 },
	});
	const fewRows = Math.min(rows, 1000);
	const single = await bench.measure({
		rows: fewRows,
		latencyMs,
		peer: { batchSize: 1, concurrency: CONCURRENCY },
	});
	const singleS = (single.seconds * rows) / fewRows;
	const line = (way: string, seconds: number, requests: number) => ({
		way,
		seconds: round(seconds),
		requests,
		'of the formula': round(seconds / limitS, 3),
		'of the bare loop': round(seconds / bare.seconds, 3),
	});
	console.log(
		`\n${rows} seats at ${latencyMs} ms a request, ${CONCURRENCY} requests at once (median of 3)`,
	);
	console.table([
		line('formula: ceil(seats / 25) / 4 × 50 ms', limitS, Math.ceil(rows / BATCH)),
		line("bare loop over n8n's request helper", bare.seconds, bare.requests),
		line('Store Seats', ours.seconds, ours.requests),
		line('one batch after another (as MSStore does)', inTurn.seconds, inTurn.requests),
		line(`one request a user (${fewRows} measured, scaled)`, singleS, rows),
	]);
}

async function limited(bench: Benchmark, sizes: readonly number[]): Promise<void> {
	const limit = { perSecond: 20, burst: 10, retryAfterSeconds: 1 };
	const table = [];
	for (const rows of sizes) {
		const requests = Math.ceil(rows / BATCH);
		const allowedS = (requests - limit.burst) / limit.perSecond;
		const line = (way: string, { seconds, refused, requests: sent }: Measured) => ({
			way,
			seats: rows,
			seconds: round(seconds),
			'rate reached': share(allowedS / seconds),
			refused: `${refused} of ${sent}`,
			'refused share': share(refused / sent),
		});
		const ours = await bench.measure({ rows, latencyMs: LIMITED_LATENCY_MS, limit });
		const peer = { batchSize: BATCH, concurrency: 1 };
		const inTurn = await bench.measure({ rows, latencyMs: LIMITED_LATENCY_MS, limit, peer });
		table.push(
			{ way: 'allowed', seats: rows, seconds: allowedS, 'rate reached': share(1) },
			line('Store Seats', ours),
			line('one batch after another', inTurn),
		);
	}
	console.log('\nA service that allows 20 requests/s (burst 10, Retry-After 1)');
	console.table(table);
}

async function rowCost(bench: Benchmark, few: number, many: number): Promise<void> {
	const ways = [
		{ way: 'field references: ={{ $json.email }}', usernames: '={{ $json.email }}' },
		{
			way: 'the same for the product',
			usernames: '={{ $json.email }}',
			productId: '={{ $json.product }}',
		},
		{ way: 'evaluated by n8n: ={{ $json.email.trim() }}', usernames: '={{ $json.email.trim() }}' },
	];
	await bench.measure({ rows: 2000 });
	const table = [];
	for (const { way, ...parameters } of ways) {
		const a = await bench.measure({ rows: few, ...parameters });
		const b = await bench.measure({ rows: many, ...parameters });
		const perRow = (measured: Measured, rows: number) => (measured.cpuSeconds / rows) * 1e6;
		table.push({
			way,
			[`CPU µs a row, ${few}`]: round(perRow(a, few), 1),
			[`CPU µs a row, ${many}`]: round(perRow(b, many), 1),
			growth: round(perRow(b, many) / perRow(a, few)),
			[`heap kB a row, ${few}`]: round((a.heapMb / few) * 1024),
			[`heap kB a row, ${many}`]: round((b.heapMb / many) * 1024),
		});
	}
	const peer = { batchSize: BATCH, concurrency: CONCURRENCY };
	const bare = await bench.measure({ rows: many, peer });
	console.log('\nAn instant service: what a row costs, its items kept by n8n included');
	console.table(table);
	console.log(
		`The bare loop at ${many} rows: ${round((bare.cpuSeconds / many) * 1e6, 1)} µs a row.`,
	);
}

async function main(): Promise<void> {
	const command = new Command('npm run bench --')
		.description('Measures the node on this machine, each figure beside a limit or a peer.')
		.option('--quick', 'a tenth of the rows: to see that it works, not to quote')
		.parse();
	const scale = command.opts<{ quick?: boolean }>().quick ? 0.1 : 1;
	const bench = await Benchmark.start(100_000 * scale);
	console.log(`Node ${process.version}, n8n-core in this process, the emulator in another.`);
	try {
		await latency(bench, 10_000 * scale);
		await limited(bench, [5_000 * scale, 10_000 * scale]);
		await rowCost(bench, 10_000 * scale, 100_000 * scale);
	} finally {
		bench.stop();
	}
}

main().then(
	() => process.exit(0),
	(error: unknown) => {
		console.log(error);
		process.exit(1);
	},
);
