import { join } from 'node:path';

import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

import { StoreEmulator, type EmulatorOptions } from '../../emulator/service';
import { Engine } from '../../harness/engine';
import { Bench, NODE_TYPE, rowsOf, type SeatNode } from './store';
import { enginesAxios, virtualAdapter, VirtualTime, type Wire } from './virtual';

/** What the node takes from its surroundings, here from the test. */
export interface VirtualRuntime {
	readonly clock: VirtualTime;
	readonly random: () => number;
}

const dist = join(__dirname, '../../dist/nodes/StoreSeats');

/** The built node with a runtime of the test's own; everything else of it is as published. */
export function virtualNode(runtime: () => VirtualRuntime): INodeType {
	/* eslint-disable @typescript-eslint/no-require-imports */
	const { StoreSeats } = require(join(dist, 'StoreSeats.node.js'));
	const { chosenOperation } = require(join(dist, 'operations/index.js'));
	const { onErrorOf } = require(join(dist, 'n8n/onError.js'));
	/* eslint-enable @typescript-eslint/no-require-imports */
	return new (class extends StoreSeats {
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			return await chosenOperation(this).execute({
				context: this,
				items: this.getInputData(),
				onError: onErrorOf(this),
				runtime: runtime(),
			});
		}
	})() as INodeType;
}

/** n8n's engine, the built node and an emulator, all in one virtual time. */
export class VirtualBench {
	private readonly clients = enginesAxios();
	private runtime?: VirtualRuntime;

	private constructor(readonly engine: Engine) {
		engine.replaceNodeType(
			NODE_TYPE,
			virtualNode(() => {
				if (this.runtime === undefined) throw new Error('No store has been opened');
				return this.runtime;
			}),
		);
	}

	static async start(): Promise<VirtualBench> {
		return new VirtualBench(await Engine.start());
	}

	store(options: Omit<EmulatorOptions, 'clock'> = {}): VirtualStore {
		const clock = new VirtualTime();
		const emulator = new StoreEmulator({ random: () => 0.5, ...options, clock });
		const wire = virtualAdapter(this.clients, emulator, clock);
		this.runtime = { clock, random: () => 0.5 };
		return { clock, emulator, wire };
	}

	/** Runs the node on the names, to its end; `startedMs` is on the store's clock. */
	async change({ clock }: VirtualStore, names: readonly string[], seat: SeatNode = {}) {
		const bench = new Bench(this.engine);
		return await clock.run(bench.change('http://127.0.0.1:9', rowsOf(names), seat));
	}
}

export interface VirtualStore {
	readonly clock: VirtualTime;
	readonly emulator: StoreEmulator;
	readonly wire: Wire;
}
