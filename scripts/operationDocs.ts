/**
 * Writes docs/operations.md: the words of the node as built in dist/, the example of each operation
 * from a run of that node on n8n's engine against the emulator. With `--check` it writes nothing and
 * ends with 1 if the file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type {
	IDataObject,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
	INodeTypeDescription,
} from 'n8n-workflow';
import { format, resolveConfig } from 'prettier';

import type { WireLogEntry } from '../emulator/service';
import { defaultClient } from '../emulator/service';
import { startEmulator } from '../emulator/server';
import { Engine, errorOf, itemsOf } from '../harness/engine';

const FILE = join(__dirname, '../docs/operations.md');
const NODE_TYPE = 'n8n-nodes-store-seats.storeSeats';
/** What is shown of a list. */
const ITEMS_SHOWN = 2;

const key = (productId: string, skuId: string) => ({
	productId: { __rl: true, mode: 'id', value: productId },
	skuId: { __rl: true, mode: 'id', value: skuId },
});
const MINECRAFT = key('CFQ7TTC0K5DR', '0002');
const ATLAS = key('9NBLGGH4R2R6', '0017');
const CONTENT_ID = '0f0f0f0f-0000-4000-8000-000000000001';

/** What the example of each operation is set to, beside resource and operation. */
const EXAMPLES: Readonly<Record<string, IDataObject>> = {
	'inventory getAll': { filters: { licenseTypes: ['online'] } },
	'offlineLicense get': { ...ATLAS, contentId: CONTENT_ID, download: true },
	'package get': { ...ATLAS, packageId: 'atlas-x86' },
	'package getAll': { ...ATLAS, limit: 1 },
	'product get': MINECRAFT,
	'product getLocalizedDetails': { ...MINECRAFT, language: 'de-de' },
	'seat assign': { ...MINECRAFT, usernames: 'ada@contoso.com, ghost@contoso.com' },
	'seat get': { ...MINECRAFT, username: 'grace@contoso.com' },
	'seat getAll': { ...MINECRAFT, returnAll: true },
	'seat getByUser': { username: 'ada@contoso.com' },
	'seat reclaim': { ...MINECRAFT, usernames: ['grace@contoso.com'] },
};

interface Example {
	readonly requests: readonly WireLogEntry[];
	readonly items: readonly INodeExecutionData[];
}

async function runExample(engine: Engine, parameters: IDataObject): Promise<Example> {
	const nowMs = () => Date.UTC(2026, 10, 22, 8);
	const { emulator, url, close } = await startEmulator({ clock: { nowMs, sleep: async () => {} } });
	try {
		const credential = { ...defaultClient, authority: url, baseUrl: url };
		const credentials = engine.saveCredential('docs', { ...credential });
		const node = { name: 'Store', type: NODE_TYPE, credentials, parameters: parameters as never };
		const run = await engine.run({ rows: [{}], nodes: [node] });
		const error = errorOf(run);
		if (error !== undefined) throw error;
		const requests = emulator.log.filter(({ operation }) => operation !== 'token');
		return { requests, items: itemsOf(run, 'Store') };
	} finally {
		await close();
	}
}

async function render(): Promise<string> {
	const engine = await Engine.start();
	const { description } = engine.nodeTypes.getByNameAndVersion(NODE_TYPE);
	const { properties } = description;
	const resources = optionsOf(properties.find(({ name }) => name === 'resource'));
	const lines = [
		'# Operations',
		'',
		'<!-- Written by scripts/operationDocs.ts (`npm run docs`). Change the node, not this file. -->',
		'',
		'Every field is evaluated for each input item, except those under Options of Assign and Reclaim. The',
		'examples are what the node gave on the [emulator](../emulator/README.md).',
		'',
	];
	const sections: string[] = [];
	for (const resource of resources) {
		const value = String(resource.value);
		const field = properties.find(
			({ name, displayOptions }) =>
				name === 'operation' && displayOptions?.show?.resource?.includes(value),
		);
		lines.push(`- ${resource.name}: ${optionsOf(field).map(linkTo(resource)).join(', ')}`);
		sections.push(`## ${resource.name}`, '', `${resource.description}.`, '');
		for (const operation of optionsOf(field)) {
			sections.push(...(await section(engine, description, resource, operation)));
		}
	}
	const config = await resolveConfig(FILE);
	return await format([...lines, '', ...sections].join('\n'), { ...config, parser: 'markdown' });
}

const title = (resource: INodePropertyOptions, operation: INodePropertyOptions) =>
	`${resource.name}: ${operation.name}`;

const linkTo = (resource: INodePropertyOptions) => (operation: INodePropertyOptions) => {
	const anchor = title(resource, operation)
		.toLowerCase()
		.replace(/[^\w\s-]/g, '')
		.replace(/\s/g, '-');
	return `[${operation.name}](#${anchor})`;
};

async function section(
	engine: Engine,
	{ properties }: INodeTypeDescription,
	resource: INodePropertyOptions,
	operation: INodePropertyOptions,
): Promise<string[]> {
	const name = `${resource.value} ${operation.value}`;
	const example = EXAMPLES[name];
	if (example === undefined) throw new Error(`scripts/operationDocs.ts has no example of ${name}`);
	const chosen = { resource: resource.value, operation: operation.value };
	const { requests, items } = await runExample(engine, { ...chosen, ...example });
	const fields = properties.filter(
		({ name: field, displayOptions }) =>
			field !== 'operation' &&
			displayOptions?.show?.resource?.includes(chosen.resource) &&
			displayOptions.show.operation?.includes(chosen.operation),
	);
	const files = items.flatMap(({ binary = {} }) =>
		Object.entries(binary).map(
			([field, { fileName, mimeType }]) =>
				`In the binary field \`${field}\`: \`${fileName}\` (\`${mimeType}\`).`,
		),
	);
	const shown = items.slice(0, ITEMS_SHOWN).map(({ json }) => json);
	const more = items.length - shown.length;
	return [
		`### ${title(resource, operation)}`,
		'',
		`${operation.description}. Its action, which is also what an AI agent reads: “${operation.action}”.`,
		'',
		'| Field | Name | Default | Description |',
		'| --- | --- | --- | --- |',
		...fields.flatMap((field) => rowsOf(field)),
		'',
		'Request of the example:',
		'',
		'```http',
		...requests.map(requestLine),
		'```',
		'',
		more > 0 ? `Its output, ${ITEMS_SHOWN} of ${items.length} items:` : 'Its output:',
		'',
		'```json',
		JSON.stringify(shown, null, 2),
		'```',
		'',
		...files.flatMap((line) => [line, '']),
	];
}

function requestLine({ method, target, usernames, seatAction }: WireLogEntry): string {
	const body = seatAction === undefined ? '' : ` ${JSON.stringify({ usernames, seatAction })}`;
	return `${method} ${target}${body}`;
}

function rowsOf(field: INodeProperties, inside = ''): string[] {
	if (field.type === 'collection') {
		const inner = field.options as INodeProperties[];
		return inner.flatMap((each) =>
			rowsOf(each, `${field.displayName}: `).map((row) => row.replace('`', `\`${field.name}.`)),
		);
	}
	const { displayName, name, required, description, hint } = field;
	const words = [
		asSentence(description ?? hint ?? ''),
		...choicesOf(field),
		...whenShown(field),
		...(required ? ['Required.'] : []),
	];
	const cells = [`${inside}${displayName}`, `\`${name}\``, defaultOf(field), words.join(' ')];
	return [`| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`];
}

const asSentence = (words: string): string =>
	`${words.replace(/<\/?code>/g, '`').replace(/\.$/, '')}.`;

function choicesOf(field: INodeProperties): string[] {
	if (field.type === 'multiOptions' || field.type === 'options') {
		return [
			`One of ${optionsOf(field)
				.map(({ value }) => `\`${String(value)}\``)
				.join(', ')}.`,
		];
	}
	return field.modes === undefined
		? []
		: [`${field.modes.map((mode) => mode.displayName).join(', ')}.`];
}

function whenShown({ displayOptions }: INodeProperties): string[] {
	return Object.entries(displayOptions?.show ?? {})
		.filter(([name]) => name !== 'resource' && name !== 'operation')
		.map(([name, values]) => `Only with \`${name}\` ${(values ?? []).map(String).join(' or ')}.`);
}

function defaultOf({ default: value }: INodeProperties): string {
	if (value === '' || typeof value === 'object') return '';
	return `\`${String(value)}\``;
}

const optionsOf = (field: INodeProperties | undefined): INodePropertyOptions[] =>
	(field?.options ?? []) as INodePropertyOptions[];

async function main(): Promise<void> {
	const written = await render();
	if (!process.argv.includes('--check')) {
		writeFileSync(FILE, written);
	} else if (readFileSync(FILE, 'utf8') !== written) {
		process.stderr.write('docs/operations.md is out of date: run `npm run docs`\n');
		process.exitCode = 1;
	}
	// n8n-core keeps a timer of its own, which would hold the process for good.
	process.exit();
}

void main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
	process.exit(2);
});
