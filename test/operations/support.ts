import type { IDataObject, IExecuteFunctions, INode, INodeExecutionData, IRun } from 'n8n-workflow';

import type { WireLogEntry } from '../../emulator/service';
import type { RunOptions } from '../../harness/engine';
import { onErrorOf } from '../../nodes/StoreSeats/n8n/onError';
import { chosenOperation } from '../../nodes/StoreSeats/operations';
import { StoreSeats } from '../../nodes/StoreSeats/StoreSeats.node';
import { NODE_TYPE, type Bench } from '../support/store';

export const KEY = { productId: 'CFQ7TTC0K5DR', skuId: '0002' };
export const OFFLINE_KEY = { productId: '9NBLGGH4R2R6', skuId: '0017' };
export const CONTENT_ID = '0f0f0f0f-0000-4000-8000-000000000001';

export const installUrl = ({ productId, skuId }: typeof KEY) =>
	`https://businessstore.microsoft.com/en-us/AppInstall?productId=${productId}&skuId=${skuId}&catalogId=4`;

/** What identifies a product, as parameters of the node. */
export const ids = ({ productId, skuId }: { productId: unknown; skuId: unknown }) => ({
	productId: { __rl: true, mode: 'id', value: productId },
	skuId: { __rl: true, mode: 'id', value: skuId },
});

export const storeNode = (
	bench: Bench,
	url: string,
	parameters: IDataObject,
	node: Partial<INode> = {},
) => ({
	name: 'Store',
	type: NODE_TYPE,
	credentials: bench.credential(url),
	...node,
	parameters: parameters as INode['parameters'],
});

/** Rows into the node, whatever it is set to. */
export async function run(
	bench: Bench,
	url: string,
	parameters: IDataObject,
	{
		rows = [{}],
		node = {},
		...options
	}: { rows?: readonly IDataObject[]; node?: Partial<INode> } & RunOptions = {},
): Promise<IRun> {
	return await bench.engine.run(
		{ rows, nodes: [storeNode(bench, url, parameters, node)] },
		options,
	);
}

/** Requests of the Store, as the wire saw them. */
export const wire = (log: readonly WireLogEntry[]) =>
	log
		.filter(({ operation }) => operation !== 'token')
		.map(({ method, target }) => `${method} ${decodeURIComponent(target)}`);

/** The time that a request of a read may take, and no pause. */
const REQUEST_TIMEOUT_MS = 60_000;

/** The node with a clock on which every pause is over at once, and no request's time is ever up. */
export class ImpatientNode extends StoreSeats {
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const clock = {
			nowMs: () => Date.now(),
			sleep: async (ms: number, signal?: AbortSignal) => {
				if (ms < REQUEST_TIMEOUT_MS) return;
				await new Promise((resolve) => signal?.addEventListener('abort', resolve));
			},
		};
		return await chosenOperation(this).execute({
			context: this,
			items: this.getInputData(),
			onError: onErrorOf(this),
			runtime: { clock, random: Math.random },
		});
	}
}
