import { readFile } from 'node:fs/promises';

import { parse } from 'csv-parse/sync';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

/**
 * The few nodes that workflows need around ours and that n8n keeps in a package of a gigabyte. They
 * use n8n's own item linking and expressions; nothing of the engine is imitated.
 */
const described = (name: string, extra: Partial<INodeTypeDescription>): INodeTypeDescription => ({
	displayName: name,
	name,
	group: ['transform'],
	version: 1,
	description: name,
	defaults: { name },
	inputs: [NodeConnectionTypes.Main],
	outputs: [NodeConnectionTypes.Main],
	properties: [],
	...extra,
});

/** Gives rows as items, as a spreadsheet node does. */
export class Rows implements INodeType {
	description = described('rows', {
		inputs: [],
		properties: [{ displayName: 'Rows', name: 'rows', type: 'json', default: [] }],
	});

	constructor(private readonly rowsById: ReadonlyMap<string, readonly IDataObject[]>) {
		// n8n calls `execute` on the context, so the rows are reached through the closure.
		const rows = this.rowsById;
		this.execute = async function (this: IExecuteFunctions) {
			const id = this.getNodeParameter('rows', 0) as string;
			return [(rows.get(id) ?? []).map((json, item) => ({ json, pairedItem: { item } }))];
		};
	}

	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;
}

/** Evaluates an expression for each item, as an Edit Fields node does: proof that item linking holds. */
export class Edit implements INodeType {
	description = described('edit', {
		properties: [{ displayName: 'Value', name: 'value', type: 'string', default: '' }],
	});

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [
			this.getInputData().map((item, index) => ({
				json: { ...item.json, value: this.getNodeParameter('value', index) as string },
				pairedItem: { item: index },
			})),
		];
	}
}

/**
 * The rows of a CSV with a header line, each an object of text. The separator is the one that the header
 * line has most of; a line `sep=;`, which Excel understands, names it.
 */
export function parseCsv(content: string): Array<Record<string, string>> {
	const [, named, rest] = /^\ufeff?sep=(.)\r?\n([^]*)$/i.exec(content) ?? [];
	const text = rest ?? content;
	return parse(text, {
		bom: true,
		columns: true,
		delimiter: named ?? separatorOf(/^.*/.exec(text)?.[0] ?? ''),
		relax_column_count: true,
		skip_empty_lines: true,
		trim: true,
	}) as Array<Record<string, string>>;
}

function separatorOf(header: string): string {
	const unquoted = header.replace(/"[^"]*"/g, '');
	const count = (separator: string) => unquoted.split(separator).length;
	return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best));
}

/** Reads a CSV file into items, as n8n's file nodes do in two steps. */
export class ReadCsv implements INodeType {
	description = described('readCsv', {
		inputs: [],
		properties: [{ displayName: 'File', name: 'file', type: 'string', default: '' }],
	});

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const content = await readFile(this.getNodeParameter('file', 0) as string, 'utf8');
		return [parseCsv(content).map((json, item) => ({ json, pairedItem: { item } }))];
	}
}
