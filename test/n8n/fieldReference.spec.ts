import fc from 'fast-check';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { Engine, errorOf, itemsOf } from '../../harness/engine';
import { fieldReader } from '../../nodes/StoreSeats/n8n/fieldReference';
import '../support/seed';

/** Reads its parameter both ways: by n8n's own evaluation, and directly where the reader says it can. */
class BothWays implements INodeType {
	description = {
		displayName: 'Both Ways',
		name: 'bothWays',
		group: ['transform' as const],
		version: 1,
		description: 'Both ways',
		defaults: { name: 'Both Ways' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [{ displayName: 'Value', name: 'value', type: 'string' as const, default: '' }],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const raw = this.getNodeParameter('value', 0, undefined, { rawExpressions: true });
		const reader = fieldReader(raw);
		return [
			this.getInputData().map((item, index) => {
				const direct = reader?.(item.json);
				let n8n: unknown;
				try {
					n8n = this.getNodeParameter('value', index);
				} catch (error) {
					n8n = `threw ${String(error)}`;
				}
				return { json: { direct, n8n } as unknown as IDataObject, pairedItem: { item: index } };
			}),
		];
	}
}

let engine: Engine;

beforeAll(async () => {
	engine = await Engine.start();
	engine.replaceNodeType('harness.bothWays', new BothWays());
});

async function bothWays(value: string, rows: readonly unknown[]) {
	const run = await engine.run({
		rows: rows as never,
		nodes: [{ name: 'Both', type: 'harness.bothWays', parameters: { value } }],
	});
	if (errorOf(run) !== undefined) throw new Error(errorOf(run)?.message);
	return itemsOf(run, 'Both').map(
		({ json }) => json as unknown as { direct?: { value: unknown }; n8n: unknown },
	);
}

const ROW = {
	email: 'ada@contoso.com',
	'E-mail': 'grace@contoso.com',
	"o'clock": 'x',
	user: { upn: 'alan@contoso.com', 'display name': 'Alan', tags: ['a', 'b'] },
	names: ['ada@contoso.com', 'grace@contoso.com'],
	mixed: ['a', 1],
	users: [{ upn: 'one@contoso.com' }],
	number: 42,
	float: 1.5,
	yes: true,
	no: false,
	empty: '',
	nothing: null,
	expression: '={{ 1 + 1 }}',
	braces: '{{ $json.email }}',
	date: '2026-11-22T08:00:00Z',
	length: 'a field called length',
	$dollar: 'd',
	_under: 'u',
	toString: 'own',
	constructor: 'own constructor',
};

describe('what is read directly equals what n8n evaluates', () => {
	it.each([
		['={{ $json.email }}', true],
		['={{$json.email}}', true],
		['={{   $json.email   }}', true],
		['={{ $json["E-mail"] }}', true],
		["={{ $json['E-mail'] }}", true],
		[`={{ $json["o'clock"] }}`, true],
		['={{ $json.user.upn }}', true],
		['={{ $json.user["display name"] }}', true],
		['={{ $json["user"]["upn"] }}', true],
		['={{ $json.users[0].upn }}', true],
		['={{ $json.names[1] }}', true],
		['={{ $json.names }}', true],
		['={{ $json.user.tags }}', true],
		['={{ $json.number }}', true],
		['={{ $json.float }}', true],
		['={{ $json.yes }}', true],
		['={{ $json.no }}', true],
		['={{ $json.empty }}', true],
		['={{ $json.expression }}', true],
		['={{ $json.braces }}', true],
		['={{ $json.length }}', true],
		['={{ $json._under }}', true],
		['={{ $json.date }}', true],
		['={{ $json.toString }}', true],
		// Left to n8n, whatever it makes of them.
		['={{ $json.nothing }}', false],
		['={{ $json.missing }}', false],
		['={{ $json.user }}', false],
		['={{ $json.mixed }}', false],
		['={{ $json.names.length }}', false],
		['={{ $json.names[9] }}', false],
		['={{ $json.user.missing.deep }}', false],
		['={{ $json.constructor }}', false],
		['={{ $json["__proto__"] }}', false],
		['={{ $json.email.trim() }}', false],
		['={{ $json.email || "x" }}', false],
		['={{ $json?.email }}', false],
		['={{ $json[email] }}', false],
		['={{ $json["a\\u0062"] }}', false],
		['={{ $json.$dollar }}', false],
		['={{ $json.email }} ', false],
		[' ={{ $json.email }}', false],
		['= {{ $json.email }}', false],
		['=x{{ $json.email }}', false],
		['={{ $json.email }}{{ $json.email }}', false],
		['={{ $item(0).$json.email }}', false],
		['{{ $json.email }}', false],
		['={{ $json }}', false],
		['={{ $json.1a }}', false],
	])('%s', async (value, isDirect) => {
		if (isDirect) expect(fieldReader(value)).toBeDefined();
		const [{ direct, n8n }] = await bothWays(value, [ROW]);
		expect(direct !== undefined).toBe(isDirect);
		if (direct !== undefined) expect(direct.value).toEqual(n8n);
	});

	it('for any item and any path into it', async () => {
		const key = fc.oneof(
			fc.constantFrom('email', 'E-mail', 'user', 'upn', '0', 'length', 'hasOwnProperty', 'caller'),
			fc.string({ minLength: 1, maxLength: 6 }),
		);
		const leaf = fc.oneof(
			fc.string(),
			fc.integer(),
			fc.double({ noNaN: true }),
			fc.boolean(),
			fc.constant(null),
			fc.array(fc.string(), { maxLength: 3 }),
		);
		const item = fc.dictionary(
			key,
			fc.oneof(leaf, fc.dictionary(key, leaf, { maxKeys: 3 }), fc.array(fc.dictionary(key, leaf))),
			{ maxKeys: 4, noNullPrototype: true },
		);
		const step = (name: string) =>
			/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
		let direct = 0;
		await fc.assert(
			fc.asyncProperty(item, fc.array(key, { maxLength: 2 }), async (json, more) => {
				for (const first of Object.keys(json).slice(0, 2)) {
					const path = [first, ...more].map(step).join('');
					const [read] = await bothWays(`={{ $json${path} }}`, [json]);
					if (read.direct === undefined) continue;
					direct++;
					expect(read.direct.value).toEqual(read.n8n);
				}
			}),
			{ numRuns: 300 },
		);
		expect(direct).toBeGreaterThan(30);
	});
});
