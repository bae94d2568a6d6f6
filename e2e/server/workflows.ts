import type { Connections, Json, WorkflowDraft, WorkflowNode } from './api';

/** `n` people as an HR system would post them: pupils of the sample tenant, from pupil `from` on. */
export const people = (n: number, from = 101): Array<{ name: string; email: string }> =>
	Array.from({ length: n }, (_, index) => ({
		name: `Pupil ${from + index}`,
		email: `pupil${String(from + index).padStart(4, '0')}@contoso.com`,
	}));

/** A webhook that answers with what the last node gave, every item of it. */
export const webhook = (path: string): WorkflowNode => ({
	name: 'Webhook',
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2,
	webhookId: path,
	parameters: {
		httpMethod: 'POST',
		path,
		responseMode: 'lastNode',
		responseData: 'allEntries',
		options: {},
	},
});

/** One item for each of the people posted. */
export const splitOut: WorkflowNode = {
	name: 'Split Out',
	type: 'n8n-nodes-base.splitOut',
	typeVersion: 1,
	parameters: { fieldToSplitOut: 'body.people', options: {} },
};

/** A node that keeps the fields given, each an expression or a text. */
export const setFields = (name: string, fields: Record<string, string>): WorkflowNode => ({
	name,
	type: 'n8n-nodes-base.set',
	typeVersion: 3.4,
	parameters: {
		assignments: {
			assignments: Object.entries(fields).map(([field, value]) => ({
				id: field,
				name: field,
				value,
				type: 'string',
			})),
		},
		options: {},
	},
});

export interface SeatSettings {
	readonly name?: string;
	readonly operation?: 'assign' | 'reclaim';
	readonly productId?: string;
	readonly skuId?: string;
	readonly usernames?: string;
	readonly options?: Json;
}

/** The node under test with its parameters; the rest of the node's settings go beside it. */
export const storeSeats = (
	settings: SeatSettings,
	rest: Partial<WorkflowNode> = {},
): WorkflowNode => ({
	name: settings.name ?? 'Store Seats',
	type: 'n8n-nodes-store-seats.storeSeats',
	typeVersion: 1,
	parameters: {
		resource: 'seat',
		operation: settings.operation ?? 'assign',
		productId: { __rl: true, mode: 'id', value: settings.productId ?? 'CFQ7TTC0K5DR' },
		skuId: { __rl: true, mode: 'id', value: settings.skuId ?? '0002' },
		usernames: settings.usernames ?? '={{ $json.email }}',
		options: settings.options ?? {},
	},
	...rest,
});

/** Nodes in a line; `errors` are joined to a node's error output. */
export function inALine(
	name: string,
	nodes: readonly WorkflowNode[],
	errors: ReadonlyArray<{ from: string; to: WorkflowNode }> = [],
): WorkflowDraft {
	const connections: Connections = {};
	for (const [index, { name: from }] of nodes.slice(0, -1).entries()) {
		connections[from] = { main: [[{ node: nodes[index + 1].name, type: 'main', index: 0 }]] };
	}
	for (const { from, to } of errors) {
		const main = ((connections[from] ??= { main: [] }).main ??= []);
		while (main.length < 2) main.push([]);
		main[1] = [{ node: to.name, type: 'main', index: 0 }];
	}
	const all = [...nodes, ...errors.map(({ to }) => to)];
	return {
		name,
		nodes: all.map((node, index) => ({
			id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
			position: [index * 220, 0],
			...node,
		})),
		connections,
		settings: { executionOrder: 'v1' },
	};
}
