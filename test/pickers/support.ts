import { LoadOptionsContext } from 'n8n-core';
import type {
	IDataObject,
	INode,
	INodeListSearchResult,
	INodeType,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

import type { WireLogEntry } from '../../emulator/service';
import { NODE_TYPE, type Bench } from '../support/store';

/** The context of a list in the editor, as n8n's server makes it. */
export function pickerContext(bench: Bench, url: string, parameters: IDataObject = {}) {
	const node: INode = {
		id: 'picker',
		name: 'Temp-Node',
		type: NODE_TYPE,
		typeVersion: 1,
		position: [0, 0],
		credentials: bench.credential(url),
		parameters: { resource: 'seat', operation: 'assign', ...parameters } as INode['parameters'],
	};
	const { nodeTypes, credentials } = bench.engine;
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const additionalData = {
		credentialsHelper: credentials,
		currentNodeParameters: node.parameters,
	} as unknown as IWorkflowExecuteAdditionalData;
	return new LoadOptionsContext(workflow, node, additionalData, 'parameters.productId');
}

/** Asks the node for a list, as the editor does. */
export async function list(
	bench: Bench,
	url: string,
	method: 'searchProducts' | 'searchSkus' | 'searchPackages' | 'searchContents',
	{ filter, page, parameters }: { filter?: string; page?: string; parameters?: IDataObject } = {},
): Promise<INodeListSearchResult> {
	const type = bench.engine.nodeTypes.getByName(NODE_TYPE) as INodeType;
	const search = type.methods?.listSearch?.[method];
	if (search === undefined) throw new Error(`The node has no list ${method}`);
	return await search.call(pickerContext(bench, url, parameters), filter, page);
}

export const namesOf = ({ results }: INodeListSearchResult) => results.map(({ name }) => name);

/** How many requests had to wait for one another, at the longest: what latency is multiplied by. */
export function rounds(log: readonly WireLogEntry[]): number {
	const depths: number[] = [];
	for (const [index, { startedMs }] of log.entries()) {
		const before = depths.filter((_, other) => (log[other].endedMs ?? Infinity) <= startedMs);
		depths[index] = 1 + Math.max(0, ...before);
	}
	return Math.max(0, ...depths);
}
