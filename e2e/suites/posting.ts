import type { Execution, Json, N8nApi, StoredWorkflow, WorkflowNode } from '../server/api';
import { inALine, splitOut, webhook } from '../server/workflows';

let count = 0;

/** A live workflow behind a production webhook. */
export interface Posting {
	readonly workflow: StoredWorkflow;
	/** Posts a body and gives the webhook's answer and the execution that it came from. */
	post(body: Json): Promise<Posted>;
	/** Posts without waiting for the execution to be looked up. */
	send(body: Json): Promise<{ status: number; body: unknown }>;
}

export interface Posted {
	readonly status: number;
	readonly body: unknown;
	readonly execution: Execution;
}

/** Webhook -> Split Out (one item for each of the people posted) -> the nodes given, made live. */
export async function goLive(
	{ api, n8n }: { api: N8nApi; n8n: { url: string } },
	nodes: readonly WorkflowNode[],
	errors: ReadonlyArray<{ from: string; to: WorkflowNode }> = [],
): Promise<Posting> {
	const path = `suite-${++count}`;
	const draft = inALine(`Suite ${count}`, [webhook(path), splitOut, ...nodes], errors);
	const workflow = await api.createWorkflow(draft);
	await api.activate(workflow);
	const send = async (body: Json) => {
		const response = await fetch(`${n8n.url}/webhook/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		return {
			status: response.status,
			body: text === '' ? undefined : (JSON.parse(text) as unknown),
		};
	};
	return {
		workflow,
		send,
		post: async (body) => {
			const answer = await send(body);
			return { ...answer, execution: await api.lastExecution(workflow.id) };
		},
	};
}
