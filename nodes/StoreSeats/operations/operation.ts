import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { OnError } from '../n8n/onError';
import type { Runtime } from '../n8n/runtime';

/** What an operation is run with. */
export interface OperationRun {
	readonly context: IExecuteFunctions;
	readonly items: readonly INodeExecutionData[];
	readonly onError: OnError;
	readonly runtime: Runtime;
}

/**
 * One operation of the node: what stands on screen and what it does, over all items. The dropdowns,
 * each field's `displayOptions` and the dispatch are derived from this, so they cannot drift apart.
 */
export interface Operation {
	readonly resource: string;
	readonly operation: string;
	/** In the dropdown of operations. */
	readonly name: string;
	/** In the panel of actions, and what an AI agent reads. */
	readonly action: string;
	readonly description: string;
	/** Without `displayOptions` for resource and operation; those are derived. */
	readonly properties: readonly INodeProperties[];
	execute(run: OperationRun): Promise<INodeExecutionData[][]>;
}
