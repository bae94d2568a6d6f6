import type {
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { deepCopy, NodeConnectionTypes } from 'n8n-workflow';

import { itemsOf } from '../../harness/engine';
import { OPERATIONS } from '../../nodes/StoreSeats/operations';
import { Bench, jsonOf, NODE_TYPE, PRODUCT, SKU } from '../support/store';
import { ids, KEY, storeNode } from './support';

/** The tool that n8n-core makes of a node: what a model is shown, and what its call does. */
interface Tool {
	readonly name: string;
	readonly description: string;
	readonly schema: { readonly shape: Record<string, { readonly description?: string }> };
	invoke(given: IDataObject): Promise<string>;
}

/** Calls the tools that are connected to it, as a model would, with what its item says. */
class Agent implements INodeType {
	description = {
		displayName: 'Agent',
		name: 'agent',
		group: ['transform'],
		version: 1,
		description: 'Agent',
		defaults: { name: 'Agent' },
		inputs: [NodeConnectionTypes.Main, { type: NodeConnectionTypes.AiTool, displayName: 'Tool' }],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	} as unknown as INodeTypeDescription;

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const [tool] = (await this.getInputConnectionData(NodeConnectionTypes.AiTool, 0)) as Tool[];
		const { name, description, schema } = tool;
		const answers: INodeExecutionData[] = [];
		for (const [item, { json }] of this.getInputData().entries()) {
			const answer = await tool.invoke(json.given as IDataObject).catch((refusal: Error) => ({
				refused: refusal.message,
			}));
			const shown = { name, description, fields: Object.keys(schema.shape) };
			answers.push({ json: { ...shown, answer }, pairedItem: { item } });
		}
		return [answers];
	}
}

const TOOL_TYPE = `${NODE_TYPE}Tool`;

/** The same node under the description that n8n's server gives a node that is `usableAsTool`. */
function asTool(type: INodeType): INodeType {
	const description: INodeTypeDescription = deepCopy(type.description);
	expect(description.usableAsTool).toBe(true);
	description.name += 'Tool';
	description.displayName += ' Tool';
	description.inputs = [];
	description.outputs = [NodeConnectionTypes.AiTool];
	delete description.usableAsTool;
	const choice = { displayName: 'Tool Description', name: 'descriptionType', type: 'options' };
	description.properties.unshift({ ...choice, type: 'options', options: [], default: 'auto' });
	return Object.assign(Object.create(type) as INodeType, { description });
}

let bench: Bench;
beforeAll(async () => {
	bench = await Bench.start();
	bench.engine.replaceNodeType('test.agent', new Agent());
	bench.engine.replaceNodeType(
		TOOL_TYPE,
		asTool(bench.engine.nodeTypes.getByName(NODE_TYPE) as INodeType),
	);
});
afterEach(async () => await bench.closeAll());

interface Called {
	name: string;
	description: string;
	fields: string[];
	answer: unknown;
}

/** What a model is shown of the node as a tool, and what comes back for each of its calls. */
async function call(
	url: string,
	parameters: IDataObject,
	calls: readonly IDataObject[],
	node: Partial<INode> = {},
): Promise<Called[]> {
	const tool = { ...storeNode(bench, url, parameters, node), type: TOOL_TYPE };
	const workflow = bench.engine.workflow({
		rows: calls.map((given) => ({ given })),
		nodes: [{ name: 'Agent', type: 'test.agent' }, tool],
	});
	const connection = (node: string, type: 'main' | 'ai_tool') => ({
		[type]: [[{ node, type, index: 0 }]],
	});
	workflow.setConnections({
		Spreadsheet: connection('Agent', 'main'),
		Store: connection('Agent', 'ai_tool'),
	});
	const run = await bench.engine.execute(workflow);
	expect(run.data.resultData.error).toBeUndefined();
	expect(itemsOf(run, 'Agent')).toHaveLength(calls.length);
	return (jsonOf(run, 'Agent') as unknown as Called[]).map(({ answer, ...rest }) => ({
		...rest,
		answer: typeof answer === 'string' ? (JSON.parse(answer) as unknown) : answer,
	}));
}

const fromAi = (name: string, words: string, type = 'string') =>
	`={{ $fromAI('${name}', '${words}', '${type}') }}`;

describe('the node as a tool of an AI agent', () => {
	it('assigns seats for names given as text, as a list in text, and as a list', async () => {
		const { emulator, url } = await bench.store();
		const parameters = { resource: 'seat', operation: 'assign', ...ids(KEY) };
		const text = await call(
			url,
			{ ...parameters, usernames: fromAi('Usernames', 'Who gets a license') },
			[
				{ Usernames: 'ada@contoso.com' },
				{ Usernames: 'alan@contoso.com, pupil0010@contoso.com' },
				{ Usernames: '["pupil0011@contoso.com","ghost@contoso.com"]' },
			],
		);
		expect(text[0]).toMatchObject({
			name: 'Store',
			description: 'Assign license seats to users in Store Seats',
			fields: ['Usernames'],
			answer: [{ username: 'ada@contoso.com', status: 'succeeded', assignedTo: 'ada@contoso.com' }],
		});
		expect(text[1].answer).toHaveLength(2);
		expect(text[2].answer).toMatchObject([
			{ username: 'pupil0011@contoso.com', status: 'succeeded' },
			{ username: 'ghost@contoso.com', status: 'failed', failureReason: 'The user was not found.' },
		]);
		const [list] = await call(
			url,
			{ ...parameters, usernames: fromAi('Usernames', 'Who gets a license', 'json') },
			[{ Usernames: ['pupil0012@contoso.com', 'pupil0013@contoso.com'] }],
		);
		expect(list.answer).toHaveLength(2);
		expect(emulator.state.holders(PRODUCT, SKU)).toEqual(
			expect.arrayContaining(['ada@contoso.com', 'alan@contoso.com', 'pupil0013@contoso.com']),
		);
	});

	it('looks a seat up, the product given by the model too', async () => {
		const { url } = await bench.store();
		const [found] = await call(
			url,
			{
				resource: 'seat',
				operation: 'get',
				...ids({
					productId: fromAi('Product', 'ID of the product'),
					skuId: fromAi('SKU', 'ID of the SKU'),
				}),
				username: fromAi('Username', 'Whose license'),
			},
			[{ Product: PRODUCT, SKU, Username: 'grace@contoso.com' }],
		);
		expect(found).toMatchObject({
			description: 'Get seat of user in Store Seats',
			fields: ['Product', 'SKU', 'Username'],
			answer: [{ assignedTo: 'grace@contoso.com', state: 'Active' }],
		});
	});

	it('gives the inventory, filtered and limited by the model, in little', async () => {
		const { url } = await bench.store();
		const [listed] = await call(
			url,
			{
				resource: 'inventory',
				operation: 'getAll',
				limit: fromAi('Limit', 'How many', 'number'),
				filters: { licenseTypes: fromAi('Types', 'online or offline') },
			},
			[{ Limit: 2, Types: 'online' }],
		);
		expect(listed.answer).toMatchObject([
			{ productKey: { productId: PRODUCT, skuId: '0001' }, availableSeats: 50 },
			{ productKey: { productId: PRODUCT, skuId: '0002' }, availableSeats: 5997 },
		]);
		expect(JSON.stringify(listed.answer).length).toBeLessThan(1000);
	});

	it('tells the model what to do where something is refused', async () => {
		const { url } = await bench.store();
		const parameters = {
			resource: 'seat',
			operation: 'get',
			...ids(KEY),
			username: fromAi('Username', 'Whose license'),
		};
		const calls = [{ Username: 'ghost@contoso.com' }, { Username: 'a@b.c d@e.f' }];
		const [unknown, two] = await call(url, parameters, calls);
		expect(unknown.answer).toEqual({
			refused: expect.stringMatching(
				/did not find the seat of ghost@contoso\.com[^]*Details: The user holds no seat/,
			),
		});
		expect(two.answer).toEqual({ refused: expect.stringMatching(/holds 2 names/) });

		const going = await call(url, parameters, calls, { onError: 'continueRegularOutput' });
		expect(going.map(({ answer }) => answer)).toEqual([
			[{ error: expect.stringMatching(/did not find/), httpStatus: 404 }],
			[{ error: expect.stringMatching(/holds 2 names/) }],
		]);
	});

	it('is described by its action, and no two operations alike', async () => {
		const { url } = await bench.store();
		const actions = OPERATIONS.map(({ action }) => action);
		expect(new Set(actions).size).toBe(actions.length);
		for (const { resource, operation, action } of OPERATIONS) {
			const parameters = {
				resource,
				operation,
				...ids({ productId: '', skuId: fromAi('SKU', '') }),
			};
			const [{ description, answer }] = await call(url, { ...parameters, productId: undefined }, [
				{ SKU: '' },
			]);
			expect(description).toBe(`${action} in Store Seats`);
			expect(answer).toBeDefined();
		}
	});
});
