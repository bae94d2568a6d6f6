import type { IDataObject, INode, IRun } from 'n8n-workflow';

import { defaultClient } from '../../emulator/service';
import { startEmulator, type RunningEmulator, type ServerOptions } from '../../emulator/server';
import { Engine, itemsOf, type Line, type RunOptions } from '../../harness/engine';

export const NODE_TYPE = 'n8n-nodes-store-seats.storeSeats';
export const PRODUCT = 'CFQ7TTC0K5DR';
export const SKU = '0002';

export const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** The users of the default tenant who hold no seat at the start. */
export const pupil = (number: number) =>
	`pupil${String(100 + number).padStart(4, '0')}@contoso.com`;
export const pupils = (count: number) => Array.from({ length: count }, (_, i) => pupil(i));

export interface SeatNode {
	readonly operation?: 'assign' | 'reclaim';
	readonly productId?: unknown;
	readonly skuId?: unknown;
	readonly usernames?: unknown;
	readonly options?: IDataObject;
	readonly node?: Partial<INode>;
}

/** One engine and one emulator for the tests of a file; `closeAll` ends both. */
export class Bench {
	private readonly running: RunningEmulator[] = [];
	private credentialCount = 0;

	constructor(readonly engine: Engine) {}

	static async start(): Promise<Bench> {
		return new Bench(await Engine.start());
	}

	async store(options?: ServerOptions): Promise<RunningEmulator> {
		const started = await startEmulator(options);
		this.running.push(started);
		return started;
	}

	credential(url: string, changed: IDataObject = {}): INode['credentials'] {
		return this.engine.saveCredential(`credential-${++this.credentialCount}`, {
			...defaultClient,
			authority: url,
			baseUrl: url,
			...(changed as Record<string, string>),
		});
	}

	seats(url: string, seat: SeatNode = {}): Line['nodes'][number] {
		const { operation = 'assign', productId = byId(PRODUCT), skuId = byId(SKU) } = seat;
		const { usernames = '={{ $json.email }}', options = {}, node = {} } = seat;
		return {
			name: 'Seats',
			type: NODE_TYPE,
			credentials: this.credential(url),
			...node,
			parameters: {
				resource: 'seat',
				operation,
				productId,
				skuId,
				usernames,
				options,
			} as INode['parameters'],
		};
	}

	/** Rows into the node, the node's items (or what stopped it) out. */
	async change(
		url: string,
		rows: readonly IDataObject[],
		seat: SeatNode = {},
		options: RunOptions = {},
	): Promise<IRun> {
		return await this.engine.run({ rows, nodes: [this.seats(url, seat)] }, options);
	}

	async closeAll(): Promise<void> {
		await Promise.all(this.running.splice(0).map(async ({ close }) => await close()));
	}
}

export const rowsOf = (names: readonly string[]) => names.map((email) => ({ email }));

export const jsonOf = (run: IRun, node = 'Seats', output = 0) =>
	itemsOf(run, node, output).map(({ json }) => json);
