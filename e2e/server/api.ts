import { parse } from 'flatted';

import { until } from '../machine/poll';

export type Json = Record<string, unknown>;

/** Of the owner that every n8n of the suite gets; good for nothing else. */
export const OWNER = {
	email: 'owner@example.com',
	firstName: 'Olive',
	lastName: 'Owner',
	password: 'Example-password-1',
};

export interface WorkflowNode {
	readonly id?: string;
	readonly name: string;
	readonly type: string;
	readonly typeVersion: number;
	readonly position?: [number, number];
	readonly parameters: Json;
	readonly credentials?: Record<string, { id: string; name: string }>;
	readonly onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	readonly retryOnFail?: boolean;
	readonly maxTries?: number;
	readonly waitBetweenTries?: number;
	readonly webhookId?: string;
}

export type Connections = Record<
	string,
	Record<string, Array<Array<{ node: string; type: string; index: number }>>>
>;

export interface WorkflowDraft {
	readonly name: string;
	readonly nodes: WorkflowNode[];
	readonly connections: Connections;
	readonly settings?: Json;
	readonly pinData?: Json;
}

export interface StoredWorkflow extends WorkflowDraft {
	readonly id: string;
	readonly versionId: string;
	readonly active: boolean;
}

export interface Item {
	readonly json: Json;
	readonly error?: unknown;
	readonly binary?: Record<string, Json>;
	readonly pairedItem?: unknown;
}

/** An execution as n8n keeps it, with its data unpacked. */
export interface Execution {
	readonly id: string;
	readonly status: string;
	readonly error?: Json;
	readonly runData: Record<
		string,
		Array<{ error?: Json; hints?: Json[]; data?: { main?: Array<Item[] | null> } }>
	>;
	/** As it came over the wire, to look for what must not be in it. */
	readonly raw: string;
}

/** The items that a node gave on an output (0 main, 1 error) in its last run. */
export const itemsOf = (execution: Execution, node: string, output = 0): Item[] =>
	execution.runData[node]?.at(-1)?.data?.main?.[output] ?? [];

const FINISHED = ['success', 'error', 'crashed', 'canceled'];

/** n8n's own REST API as its editor uses it, with the session of the owner. */
export class N8nApi {
	private cookie = '';

	constructor(
		readonly url: string,
		private readonly publishesInBackground: boolean,
	) {}

	/** Makes the owner of a new n8n, whose session this client then has. */
	async setUpOwner(): Promise<void> {
		await this.call('POST', '/owner/setup', OWNER);
	}

	async logIn(): Promise<void> {
		const { email, password } = OWNER;
		await this.call('POST', '/login', { email, emailOrLdapLoginId: email, password });
	}

	/** Creates a credential and gives its id. */
	async createCredential(name: string, type: string, data: Json): Promise<string> {
		const made = await this.call<{ id: string }>('POST', '/credentials', { name, type, data });
		return made.id;
	}

	async changeCredential(id: string, name: string, type: string, data: Json): Promise<void> {
		await this.call('PATCH', `/credentials/${id}`, { id, name, type, data });
	}

	/** n8n's own test of a credential, as the editor runs it when one is saved. */
	async testCredential(
		credential: { id: string; name: string; type: string },
		data: Json,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		return await this.call('POST', '/credentials/test', { credentials: { ...credential, data } });
	}

	async createWorkflow(draft: WorkflowDraft): Promise<StoredWorkflow> {
		return await this.call('POST', '/workflows', { active: false, settings: {}, ...draft });
	}

	/** Makes the workflow's production webhooks and schedules live, and waits until they are. */
	async activate({ id, versionId }: StoredWorkflow): Promise<void> {
		await this.call('POST', `/workflows/${id}/activate`, { versionId, name: '', description: '' });
		// Newer versions publish in the background and tell how far they are; older ones are done by now.
		if (!this.publishesInBackground) return;
		await until(`workflow ${id} to be published`, async () => {
			const { status } = await this.call('GET', `/workflows/${id}/publication-status`);
			return status === 'published';
		});
	}

	/** Takes the workflow's webhooks and schedules away again. */
	async deactivate({ id }: StoredWorkflow): Promise<void> {
		await this.call('POST', `/workflows/${id}/deactivate`, {});
	}

	/** Runs the workflow by hand from its trigger and gives the id of the execution. */
	async runManually(workflow: StoredWorkflow, trigger: string): Promise<string> {
		const started = await this.call<{ executionId: string }>(
			'POST',
			`/workflows/${workflow.id}/run`,
			{ workflowData: workflow, triggerToStartFrom: { name: trigger } },
		);
		return started.executionId;
	}

	/** Executions of a workflow, newest first, without their data. */
	async executions(workflowId: string): Promise<Array<{ id: string; status: string }>> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const found = await this.call<{ results: Array<{ id: string; status: string }> }>(
			'GET',
			`/executions?filter=${filter}&limit=100`,
		);
		return found.results;
	}

	/** The execution once it is over. */
	async execution(id: string, timeoutMs = 60_000): Promise<Execution> {
		return await until(
			`execution ${id} to end`,
			async () => {
				const found = await this.call<{ id: string; status: string; data: string }>(
					'GET',
					`/executions/${id}`,
				);
				return FINISHED.includes(found.status) ? unpack(found) : undefined;
			},
			{ timeoutMs },
		);
	}

	/** The execution as it is now, over or not. */
	async peek(id: string): Promise<Execution> {
		return unpack(await this.call('GET', `/executions/${id}`));
	}

	/** The newest execution of a workflow once it is over. */
	async lastExecution(workflowId: string): Promise<Execution> {
		const newest = await until(`an execution of ${workflowId}`, async () => {
			const [first] = await this.executions(workflowId);
			return first;
		});
		return await this.execution(newest.id);
	}

	/** A file that an item carries, as the editor downloads it. */
	async download(file: Json): Promise<string> {
		if (file.id === undefined) return Buffer.from(String(file.data), 'base64').toString('utf8');
		const address = `${this.url}/rest/binary-data?id=${encodeURIComponent(String(file.id))}`;
		const response = await fetch(`${address}&action=download`, { headers: this.headers() });
		return await response.text();
	}

	/** What a picker of a node lists, asked as the editor asks. */
	async listSearch(request: {
		nodeType: string;
		credentials: Record<string, { id: string; name: string }>;
		parameters: Json;
		parameter: string;
		method: string;
		filter?: string;
		paginationToken?: string;
	}): Promise<{ results: Array<{ name: string; value: string }>; paginationToken?: string }> {
		return await this.call('POST', '/dynamic-node-parameters/resource-locator-results', {
			nodeTypeAndVersion: { name: request.nodeType, version: 1 },
			path: `parameters.${request.parameter}`,
			methodName: request.method,
			currentNodeParameters: request.parameters,
			credentials: request.credentials,
			filter: request.filter,
			paginationToken: request.paginationToken,
		});
	}

	/** The names of all node types that n8n has loaded. */
	async nodeTypes(): Promise<string[]> {
		const response = await fetch(`${this.url}/types/nodes.json`, { headers: this.headers() });
		const types = (await response.json()) as Array<{ name: string }>;
		return types.map(({ name }) => name);
	}

	/** One call of the REST API; rejects with n8n's own words where it refuses. */
	async call<T = Json>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.url}/rest${path}`, {
			method,
			headers: this.headers(),
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const session = response.headers
			.getSetCookie()
			.find((cookie) => cookie.startsWith('n8n-auth='));
		if (session !== undefined) this.cookie = session.split(';')[0];
		const text = await response.text();
		if (!response.ok)
			throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
		return (JSON.parse(text) as { data: T }).data;
	}

	/** What a request of the editor carries. */
	headers(): Record<string, string> {
		return {
			'content-type': 'application/json',
			'browser-id': 'store-seats-e2e',
			...(this.cookie === '' ? {} : { cookie: this.cookie }),
		};
	}
}

function unpack(found: { id: string; status: string; data: string }): Execution {
	const data = parse(found.data) as {
		resultData: { runData: Execution['runData']; error?: Json };
	};
	return {
		id: found.id,
		status: found.status,
		error: data.resultData.error,
		runData: data.resultData.runData ?? {},
		raw: found.data,
	};
}
