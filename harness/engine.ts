import 'reflect-metadata';

import { join } from 'node:path';

import {
	ExecutionLifecycleHooks,
	PackageDirectoryLoader,
	UnrecognizedNodeTypeError,
	WorkflowExecute,
} from 'n8n-core';
import type {
	IDataObject,
	ICredentialDataDecryptedObject,
	ICredentialType,
	INode,
	INodeType,
	INodeTypes,
	IRun,
	IWorkflowBase,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { createRunExecutionData, NodeHelpers, Workflow } from 'n8n-workflow';

import { MemoryCredentials } from './credentials';
import { Edit, ReadCsv, Rows } from './nodes';
import { oAuth2Api } from './oAuth2Api';

const ROOT = join(__dirname, '..');
const PACKAGE = 'n8n-nodes-store-seats';

/** What a workflow of the harness is made of: nodes in a line, rows in front. */
export interface Line {
	readonly rows?: readonly IDataObject[];
	/** Where the rows come from, if not from `rows`; it is named Spreadsheet. */
	readonly source?: Pick<INode, 'type' | 'parameters'>;
	readonly nodes: ReadonlyArray<Partial<INode> & { readonly name: string; readonly type: string }>;
	/** Connections beside the line: from a node's output (0 main, 1 error) to a node. */
	readonly branches?: ReadonlyArray<{ from: string; output: number; to: string }>;
}

export interface RunOptions {
	readonly mode?: WorkflowExecuteMode;
	/** What the node under way tells the browser in a manual execution. */
	readonly onMessage?: (message: unknown) => void;
	/** Handed the running execution, so that a test can cancel it. */
	readonly onStart?: (cancel: () => void) => void;
}

/**
 * n8n's engine in this process: WorkflowExecute of n8n-core, the built package loaded by n8n's own
 * loader, credentials encrypted by n8n-core. No server, no database.
 */
export class Engine {
	private readonly rowsById = new Map<string, readonly IDataObject[]>();
	private readonly types: Map<string, INodeType>;
	readonly nodeTypes: INodeTypes;
	readonly credentials: MemoryCredentials;
	private runs = 0;

	private constructor(loader: PackageDirectoryLoader) {
		this.types = new Map<string, INodeType>([
			['harness.rows', new Rows(this.rowsById)],
			['harness.edit', new Edit()],
			['harness.readCsv', new ReadCsv()],
		]);
		for (const [name, { type }] of Object.entries(loader.nodeTypes)) {
			this.types.set(`${PACKAGE}.${name}`, type as INodeType);
		}
		const known = (name: string): INodeType => {
			const type = this.types.get(name);
			if (type === undefined) throw new UnrecognizedNodeTypeError('harness', name);
			return type;
		};
		this.nodeTypes = {
			getByName: known,
			getByNameAndVersion: (name) => NodeHelpers.getVersionedNodeType(known(name)),
			getKnownTypes: () => ({}),
		};
		const credentialTypes: Record<string, ICredentialType> = { oAuth2Api };
		for (const [name, { type }] of Object.entries(loader.credentialTypes)) {
			credentialTypes[name] = type;
		}
		this.credentials = new MemoryCredentials(credentialTypes, this.nodeTypes);
	}

	/** Loads the package from `dist/` as n8n loads an installed community package. */
	static async start(): Promise<Engine> {
		const loader = new PackageDirectoryLoader(ROOT);
		await loader.loadAll();
		return new Engine(loader);
	}

	/** Puts another implementation of a node type in place, e.g. one with a clock of the test's own. */
	replaceNodeType(name: string, type: INodeType): void {
		this.types.set(name, type);
	}

	/** Stores a credential for an emulator and gives back what a node refers to it by. */
	saveCredential(id: string, data: ICredentialDataDecryptedObject): INode['credentials'] {
		const type = 'storeForBusinessOAuth2Api';
		return { [type]: this.credentials.save(id, type, data) };
	}

	workflow({ rows = [], source, nodes, branches = [] }: Line): Workflow {
		const id = `rows-${++this.runs}`;
		this.rowsById.set(id, rows);
		const { type, parameters } = source ?? { type: 'harness.rows', parameters: { rows: id } };
		const all = [{ name: 'Spreadsheet', type, parameters }, ...nodes];
		const connections: Workflow['connectionsBySourceNode'] = {};
		const connect = (from: string, output: number, to: string) => {
			const main = ((connections[from] ??= { main: [] }).main ??= []);
			while (main.length <= output) main.push([]);
			main[output]?.push({ node: to, type: 'main', index: 0 });
		};
		const branched = new Set(branches.map(({ to }) => to));
		const line = all.filter(({ name }) => !branched.has(name));
		for (let i = 1; i < line.length; i++) connect(line[i - 1].name, 0, line[i].name);
		for (const { from, output, to } of branches) connect(from, output, to);
		return new Workflow({
			id: `workflow-${this.runs}`,
			name: 'Harness',
			nodes: all.map((node, index) => ({
				id: String(index),
				typeVersion: 1,
				position: [index * 200, 0],
				parameters: {},
				...node,
			})) as INode[],
			connections,
			active: false,
			nodeTypes: this.nodeTypes,
			settings: {},
		});
	}

	async run(line: Line, options: RunOptions = {}): Promise<IRun> {
		return await this.execute(this.workflow(line), options);
	}

	async execute(workflow: Workflow, options: RunOptions = {}): Promise<IRun> {
		const mode = options.mode ?? 'trigger';
		const start = workflow.getNode('Spreadsheet');
		if (start === null) throw new Error('The workflow has no node "Spreadsheet"');
		const hooks = new ExecutionLifecycleHooks(mode, '1', workflow as unknown as IWorkflowBase);
		const additionalData = {
			credentialsHelper: this.credentials,
			hooks,
			executionId: '1',
			restApiUrl: 'http://127.0.0.1/rest',
			instanceBaseUrl: 'http://127.0.0.1',
			webhookBaseUrl: 'http://127.0.0.1/webhook',
			webhookWaitingBaseUrl: 'http://127.0.0.1/webhook-waiting',
			webhookTestBaseUrl: 'http://127.0.0.1/webhook-test',
			formWaitingBaseUrl: 'http://127.0.0.1/form-waiting',
			currentNodeExecutionIndex: 0,
			currentNodeParameters: undefined,
			variables: {},
			sendDataToUI: (_type: string, data: IDataObject) => {
				for (const message of (data.messages as unknown[]) ?? []) options.onMessage?.(message);
			},
			logAiEvent: () => {},
		} as unknown as IWorkflowExecuteAdditionalData;
		const execution = new WorkflowExecute(
			additionalData,
			mode,
			createRunExecutionData({
				startData: {},
				executionData: {
					nodeExecutionStack: [{ node: start, data: { main: [[{ json: {} }]] }, source: null }],
				},
			} as never),
		);
		const run = execution.processRunExecutionData(workflow);
		options.onStart?.(() => run.cancel());
		return await run;
	}
}

/** The items that a node gave on an output (0 main, 1 error), as n8n keeps them. */
export function itemsOf(run: IRun, node: string, output = 0) {
	return run.data.resultData.runData[node]?.at(-1)?.data?.main?.[output] ?? [];
}

/** The error that stopped the run, as n8n keeps it. */
export const errorOf = (run: IRun) => run.data.resultData.error;
