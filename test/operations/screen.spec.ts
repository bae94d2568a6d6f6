import type {
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { errorOf } from '../../harness/engine';
import { nodeProperties, OPERATIONS } from '../../nodes/StoreSeats/operations';
import { StoreSeats } from '../../nodes/StoreSeats/StoreSeats.node';
import { Bench, NODE_TYPE } from '../support/store';
import { CONTENT_ID, ids, KEY, OFFLINE_KEY, run } from './support';

/** The table of the contract, without what is yet to come. */
const CONTRACT: Readonly<Record<string, readonly string[]>> = {
	seat: ['assign', 'reclaim', 'get', 'getAll', 'getByUser'],
	inventory: ['getAll'],
	product: ['get', 'getLocalizedDetails'],
	package: ['get', 'getAll'],
	offlineLicense: ['get'],
};

const description = new StoreSeats().description;
const properties = nodeProperties();
const optionsOf = ({ options }: INodeProperties) => options as INodePropertyOptions[];
const resources = optionsOf(properties.find(({ name }) => name === 'resource')!);
const operationFields = properties.filter(({ name }) => name === 'operation');

describe('the registry', () => {
	it('has the resources and operations of the contract, on screen and in the dispatch', () => {
		const onScreen = Object.fromEntries(
			operationFields.map((field) => [
				field.displayOptions?.show?.resource?.[0],
				optionsOf(field).map(({ value }) => value),
			]),
		);
		const dispatched = Object.fromEntries(
			resources.map(({ value }) => [
				value,
				OPERATIONS.filter(({ resource }) => resource === value).map(({ operation }) => operation),
			]),
		);
		const sorted = (table: Readonly<Record<string, readonly unknown[]>>) =>
			Object.fromEntries(Object.entries(table).map(([name, list]) => [name, [...list].sort()]));
		expect(sorted(onScreen)).toEqual(sorted(CONTRACT));
		expect(sorted(dispatched)).toEqual(sorted(CONTRACT));
		expect(description.properties).toEqual(properties);
	});

	it('starts each resource with an operation that it has', () => {
		for (const field of operationFields) {
			expect(optionsOf(field).map(({ value }) => value)).toContain(field.default);
		}
	});
});

/** A field and the fields inside it. */
function* withInner(field: INodeProperties): Generator<INodeProperties> {
	yield field;
	if (field.type !== 'collection') return;
	for (const inner of field.options as INodeProperties[]) yield* withInner(inner);
}

describe('the words on screen follow the guidelines of n8n', () => {
	const sorted = (names: readonly string[]) =>
		[...names].sort((one, other) => one.localeCompare(other, 'en'));

	it('dropdowns are sorted', () => {
		for (const list of [resources, ...operationFields.map(optionsOf)]) {
			const names = list.map(({ name }) => name);
			expect(names).toEqual(sorted(names));
		}
	});

	it.each(operationFields.flatMap(optionsOf).map((option) => [option.action ?? '', option]))(
		'%s',
		(action, { name, value, description: words = '' }) => {
			expect(action).toMatch(/^[A-Z][a-z]/);
			expect(action).not.toMatch(/\.$/);
			if (value === 'getAll')
				expect([name, action]).toEqual(['Get Many', expect.stringMatching(/^Get many /)]);
			expect(words).toMatch(/^[A-Z]/);
			expect(words.toLowerCase()).not.toBe(name.toLowerCase());
		},
	);

	it('every field is described in the form that its type asks for', () => {
		for (const { properties: fields } of OPERATIONS) {
			for (const field of fields.flatMap((each) => [...withInner(each)])) {
				const { name, type, description: words, hint, placeholder } = field;
				if (type !== 'collection')
					expect([name, words ?? hint]).toEqual([name, expect.any(String)]);
				if (type === 'boolean') expect(words).toMatch(/^Whether /);
				if (type === 'string')
					expect([name, placeholder]).toEqual([name, expect.stringMatching(/^e\.g\. /)]);
				if (type === 'collection') expect(placeholder).toMatch(/^Add /i);
				if (type === 'multiOptions') {
					const names = optionsOf(field).map((option) => option.name);
					expect(names).toEqual(sorted(names));
				}
			}
		}
	});
});

/** A value for every field there is; a field without one fails the test. */
const VALUES: IDataObject = {
	...ids(KEY),
	usernames: 'ada@contoso.com',
	username: 'grace@contoso.com',
	options: { batchSize: 5 },
	filters: {},
	limit: 3,
	language: 'en-us',
	packageId: 'atlas-x64',
	contentId: CONTENT_ID,
	binaryPropertyName: 'file',
};

/** The node, noting every parameter that it reads; of a collection, every field. */
class ReadingNode extends StoreSeats {
	static readonly read = new Set<string>();

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const noted = new Proxy(this, {
			get(target, property, receiver) {
				if (property !== 'getNodeParameter') return Reflect.get(target, property, receiver);
				return (name: string, ...rest: [number, unknown, { rawExpressions?: boolean }?]) => {
					ReadingNode.read.add(name);
					const value: unknown = target.getNodeParameter(name, ...(rest as unknown as [number]));
					if (rest[2]?.rawExpressions || !COLLECTIONS.has(name)) return value;
					return new Proxy(value as object, {
						get(collection, inner, self) {
							ReadingNode.read.add(`${name}.${String(inner)}`);
							return Reflect.get(collection, inner, self);
						},
					});
				};
			},
		});
		return await StoreSeats.prototype.execute.call(noted);
	}
}
const COLLECTIONS = new Set(
	properties.filter(({ type }) => type === 'collection').map(({ name }) => name),
);

describe('every field on screen is read, and every field read is on screen', () => {
	let bench: Bench;
	beforeAll(async () => {
		bench = await Bench.start();
		bench.engine.replaceNodeType(NODE_TYPE, new ReadingNode());
	});
	afterEach(async () => await bench.closeAll());

	const switches = [
		...new Set(properties.filter(({ type }) => type === 'boolean').map(({ name }) => name)),
	];
	const cases = OPERATIONS.flatMap(({ resource, operation }) =>
		[false, true].map((on) => [resource, operation, on] as const),
	);

	it.each(cases)('%s %s, switches %s', async (resource, operation, on) => {
		const { url } = await bench.store();
		const key = ['package', 'offlineLicense'].includes(resource) ? ids(OFFLINE_KEY) : {};
		const parameters: IDataObject = {
			...VALUES,
			...key,
			...Object.fromEntries(switches.map((name) => [name, on])),
			resource,
			operation,
		};
		const shown = properties.filter((field) =>
			NodeHelpers.displayParameter(
				parameters as INode['parameters'],
				field,
				{ typeVersion: 1 },
				description,
			),
		);
		const names = shown.map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		expect(names.filter((name) => !(name in parameters))).toEqual([]);
		const inner = shown.flatMap((field) =>
			field.type === 'collection'
				? (field.options as INodeProperties[]).map(({ name }) => `${field.name}.${name}`)
				: [],
		);

		ReadingNode.read.clear();
		const result = await run(bench, url, parameters);
		expect(errorOf(result)).toBeUndefined();
		expect([...ReadingNode.read].sort()).toEqual([...names, ...inner].sort());
	});
});
