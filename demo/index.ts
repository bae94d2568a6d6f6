import { join, relative, resolve } from 'node:path';

import { Command } from 'commander';
import type { IDataObject, IRun } from 'n8n-workflow';
import pc from 'picocolors';

import { startEmulator, type RunningEmulator } from '../emulator/server';
import { defaultClient } from '../emulator/service';
import { Engine, errorOf, itemsOf } from '../harness/engine';
import { nameKey, parseUsernames } from '../nodes/StoreSeats/seats/usernames';
import { plainSpoken } from '../harness/terminal';
import { InputRefused, namesIn } from './people';

const EXAMPLES = join(__dirname, '../examples');
const PRODUCT = { productId: 'CFQ7TTC0K5DR', skuId: '0002', title: 'Minecraft: Education Edition' };
/** What a request takes, so that the results can be seen to arrive. */
const LATENCY_MS = 120;

interface Asked {
	readonly operation: 'assign' | 'reclaim';
	readonly file: string;
	readonly column: string;
	readonly names: readonly string[];
}

class Demo {
	private constructor(
		private readonly engine: Engine,
		private readonly store: RunningEmulator,
	) {}

	static async start(): Promise<Demo> {
		return new Demo(await Engine.start(), await startEmulator({ latencyMs: LATENCY_MS }));
	}

	get url(): string {
		return this.store.url;
	}

	/** Whoever is in a file of the user's own is known to this Store; the shipped files have strangers. */
	know(cells: readonly string[]): void {
		const names = cells.flatMap((cell) => parseUsernames(cell).names);
		for (const name of new Set(names.map(nameKey))) {
			const { state } = this.store.emulator;
			if (name.includes('@') && state.findUser(name) === undefined) state.addUser(name);
		}
	}

	/** Runs one workflow, prints a line a seat as results arrive, and a summary. True if all is settled. */
	async change({ operation, file, column, names }: Asked): Promise<boolean> {
		const { emulator } = this.store;
		const before = emulator.state.holders(PRODUCT.productId, PRODUCT.skuId).length;
		const requestsBefore = emulator.requests('bulkSeats').length;
		const startedMs = Date.now();
		const run = await this.engine.run(
			{
				source: { type: 'harness.readCsv', parameters: { file } },
				nodes: [
					{
						name: 'Store Seats',
						type: 'n8n-nodes-store-seats.storeSeats',
						credentials: this.engine.saveCredential('demo', {
							...defaultClient,
							authority: this.url,
							baseUrl: this.url,
						}),
						parameters: {
							resource: 'seat',
							operation,
							productId: { __rl: true, mode: 'id', value: PRODUCT.productId },
							skuId: { __rl: true, mode: 'id', value: PRODUCT.skuId },
							usernames: `={{ $json[${JSON.stringify(column)}] }}`,
						},
					},
				],
			},
			{
				mode: 'manual',
				onMessage: (message) => {
					for (const seat of (message as { seats?: IDataObject[] }).seats ?? []) printSeat(seat);
				},
			},
		);
		const items = itemsOf(run, 'Store Seats').map(({ json }) => json);
		for (const item of items)
			if (item.username === '') printSeat({ ...item, username: '(no name)' });
		const after = emulator.state.holders(PRODUCT.productId, PRODUCT.skuId).length;
		const requests = emulator.requests('bulkSeats').length - requestsBefore;
		const lookUps = emulator.requests('getSeat').length + emulator.requests('getSeats').length;
		return summary(run, items, expectedItems(names), {
			seats: `${before} before, ${after} after`,
			requests: `${counted(requests, 'bulk request')}, ${counted(lookUps, 'look-up')} so far`,
			time: `${((Date.now() - startedMs) / 1000).toFixed(1)} s`,
		});
	}

	async stop(): Promise<void> {
		await this.store.close();
	}
}

function printSeat({ username, status, failureReason, unchanged, state }: IDataObject): void {
	const mark = { succeeded: pc.green('✔'), failed: pc.red('✘'), unknown: pc.yellow('?') }[
		String(status)
	];
	const detail = unchanged === true ? `${state ?? 'no seat'}, as before` : (failureReason ?? state);
	console.log(
		`  ${mark} ${String(username).padEnd(28)} ${String(status).padEnd(10)} ${pc.dim(String(detail ?? ''))}`,
	);
}

const counted = (count: number, noun: string): string =>
	`${count} ${noun}${count === 1 ? '' : 's'}`;

/** One item for each name of each row, and one for a row without a name. */
const expectedItems = (cells: readonly string[]): number =>
	cells.reduce(
		(sum, cell) => sum + Math.max(1, new Set(parseUsernames(cell).names.map(nameKey)).size),
		0,
	);

function summary(
	run: IRun,
	items: IDataObject[],
	expected: number,
	facts: Record<string, string>,
): boolean {
	const stopped = errorOf(run);
	if (stopped) console.log(pc.red(`\n  ${stopped.message}\n  ${stopped.description ?? ''}`));
	const count = (status: string) => items.filter((item) => item.status === status).length;
	const statuses = ['succeeded', 'failed', 'unknown'].map((status) => `${count(status)} ${status}`);
	console.log();
	console.log(`  ${'items'.padEnd(9)} ${items.length}: ${statuses.join(', ')}`);
	for (const [name, fact] of Object.entries(facts)) console.log(`  ${name.padEnd(9)} ${fact}`);
	console.log();
	const settled = items.every(({ status }) => status === 'succeeded' || status === 'failed');
	if (items.length !== expected)
		console.log(pc.red(`  ${counted(expected, 'item')} had to come out.\n`));
	return !stopped && items.length === expected && settled;
}

async function main(): Promise<boolean> {
	const command = new Command('npm run demo --')
		.description('Gives the people of a CSV a seat, then takes back the seats of those who leave.')
		.argument('[people]', 'a CSV with a header line; examples/people.csv if none is given')
		.option('--column <name>', 'the column with the user names', 'email')
		.option('--leavers <file>', 'a CSV of those who leave, with the same column');
	plainSpoken(command).parse();
	const [ownPeople] = command.args;
	const { column, leavers: ownLeavers } = command.opts<{ column: string; leavers?: string }>();
	const people = fromTerminal(ownPeople) ?? join(EXAMPLES, 'people.csv');
	const shippedLeavers = ownPeople === undefined ? join(EXAMPLES, 'leavers.csv') : undefined;
	const leavers = fromTerminal(ownLeavers) ?? shippedLeavers;

	const joining = await namesIn(people, column);
	const leaving = leavers === undefined ? [] : await namesIn(leavers, column);

	const demo = await Demo.start();
	if (ownPeople !== undefined) demo.know(joining);
	if (ownLeavers !== undefined) demo.know(leaving);
	console.log(
		`\n${pc.bold('Store Seats')} on n8n's engine; the Store is an emulator at ${demo.url}.`,
	);
	console.log(`Product: ${PRODUCT.title} (${PRODUCT.productId}, SKU ${PRODUCT.skuId})\n`);
	try {
		console.log(pc.bold(`Assign: ${counted(joining.length, 'row')} of ${shown(people)}`));
		let settled = await demo.change({ operation: 'assign', file: people, column, names: joining });
		if (leavers === undefined) {
			console.log('Nobody leaves. To take seats back as well, give a CSV with --leavers.\n');
		} else {
			console.log(pc.bold(`Reclaim: ${counted(leaving.length, 'row')} of ${shown(leavers)}`));
			const reclaimed = { operation: 'reclaim', file: leavers, column, names: leaving } as const;
			settled = (await demo.change(reclaimed)) && settled;
		}
		return settled;
	} finally {
		await demo.stop();
	}
}

/** npm runs scripts in the package's folder; a path is meant from where the person typed it. */
const TYPED_IN = process.env.INIT_CWD ?? process.cwd();
const fromTerminal = (file: string | undefined): string | undefined =>
	file === undefined ? undefined : resolve(TYPED_IN, file);
const shown = (file: string): string => relative(TYPED_IN, file) || file;

main().then(
	// n8n's engine keeps a timer of its own running, so the process is ended here.
	(settled) => process.exit(settled ? 0 : 1),
	(error: unknown) => {
		if (!(error instanceof InputRefused)) throw error;
		console.log(error.message);
		process.exit(1);
	},
);
