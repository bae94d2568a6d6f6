import type { IDataObject } from 'n8n-workflow';

import { startEmulator, type RunningEmulator } from '../../emulator/server';
import { Engine } from '../../harness/engine';
import {
	attack,
	bulkRequests,
	CONTINUING,
	expectOneOutcomeEach,
	expectPathsInPlace,
	expectTruth,
	hurry,
	PRODUCT,
	SKU,
} from '../support/attack';

interface Vector {
	readonly id: unknown;
	readonly because: string;
}

const VECTORS: readonly Vector[] = [
	{ id: '..', because: 'parent folder' },
	{ id: '.', because: 'this folder' },
	{ id: '...', because: 'three points' },
	{ id: 'a..b', because: 'parent folder inside' },
	{ id: '../Users', because: 'climbs to another operation' },
	{ id: 'CFQ7TTC0K5DR/0004', because: 'a segment too many' },
	{ id: 'CFQ7TTC0K5DR/', because: 'a slash at the end' },
	{ id: '/CFQ7TTC0K5DR', because: 'a slash in front' },
	{ id: '//evil.example', because: 'another host' },
	{ id: 'https://evil.example', because: 'an absolute address' },
	{ id: 'CFQ7TTC0K5DR\\0004', because: 'a back slash' },
	{ id: '%2e%2e', because: 'encoded parent folder' },
	{ id: '%2E%2e%2f', because: 'encoded parent folder and slash' },
	{ id: 'CFQ7TTC0K5DR%2F0004', because: 'encoded slash' },
	{ id: '%252e', because: 'encoded twice' },
	{ id: 'CFQ7TTC0K5DR?x=1', because: 'a query' },
	{ id: 'CFQ7TTC0K5DR#x', because: 'a fragment' },
	{ id: 'CFQ7TTC0K5DR;x=1', because: 'a path parameter' },
	{ id: 'CFQ7 TTC0K5DR', because: 'a space inside' },
	{ id: 'CFQ7\tTTC0', because: 'a tab inside' },
	{ id: 'CFQ7TTC0K5DR\r\nX-Evil: 1', because: 'header injection' },
	{ id: 'CFQ7\u0000', because: 'NUL' },
	{ id: 'CFQ7\u200bTTC0K5DR', because: 'an invisible character' },
	{ id: '\ud800', because: 'a lone surrogate' },
	{ id: 'ＣＦＱ７', because: 'full-width letters, which look like an id' },
	{ id: 'СFQ7TTC0K5DR', because: 'a Cyrillic letter, which looks like one' },
	{ id: '__proto__', because: 'the key that pollutes prototypes' },
	{ id: '{CFQ7TTC0K5DR}', because: 'braces' },
	{ id: '"CFQ7TTC0K5DR"', because: 'quotation marks' },
	{ id: '-rf', because: 'begins as an option' },
	{ id: '~', because: 'a home folder' },
	{ id: 'A'.repeat(500), because: '500 characters' },
	{ id: 'A'.repeat(100_000), because: '100,000 characters' },
	{ id: '', because: 'empty' },
	{ id: ' \u00a0\t ', because: 'nothing but white space' },
	{ id: null, because: 'null' },
	{ id: undefined, because: 'a field that the row lacks' },
	{ id: true, because: 'a boolean' },
	{ id: {}, because: 'an object' },
	{ id: { productId: 'CFQ7TTC0K5DR' }, because: 'an object with the id in it' },
	{ id: { __rl: true, mode: 'id', value: '..' }, because: 'a resource locator inside one' },
	{ id: [], because: 'an empty list' },
	{ id: ['CFQ7TTC0K5DR', '0004'], because: 'a list' },
	{ id: ['..'], because: 'a list that becomes a path as text' },
	{ id: 'undefined\u0000', because: 'what a careless template makes of nothing' },
];

const numbered = VECTORS.map((vector, index): [number, string, Vector] => [
	index + 1,
	vector.because,
	vector,
]);

const FIELDS = ['productId', 'skuId'] as const;
const GOOD = { productId: PRODUCT, skuId: SKU };

const locator = (value: string) => ({ __rl: true, mode: 'id', value });
const FROM_ROW: IDataObject = {
	productId: locator('={{ $json.productId }}'),
	skuId: locator('={{ $json.skuId }}'),
};
/** Read by n8n's expression engine, not by the node's own short cut. */
const EVALUATED: IDataObject = {
	productId: locator('={{ $json.productId ?? undefined }}'),
	skuId: locator('={{ $json.skuId ?? undefined }}'),
};

const rowsAround = (bad: IDataObject): IDataObject[] => [
	{ ...GOOD, email: 'ada@contoso.com' },
	{ ...GOOD, ...bad, email: 'grace@contoso.com' },
	{ ...GOOD, email: 'alan@contoso.com' },
];

describe('product and SKU ids that cannot be one', () => {
	let engine: Engine;
	let running: RunningEmulator;

	beforeAll(async () => {
		engine = await Engine.start();
		await hurry(engine);
	});
	beforeEach(async () => {
		running = await startEmulator({
			users: ['ada@contoso.com', 'grace@contoso.com', 'alan@contoso.com'],
		});
	});
	afterEach(async () => await running.close());

	describe.each(FIELDS)('%s', (field) => {
		const label = field === 'productId' ? 'Product' : 'SKU';

		it.each(numbered)(
			'vector %i, %s: Stop refuses before any request and names the item',
			async (_, __, { id }) => {
				const { emulator, url } = running;
				for (const parameters of [FROM_ROW, EVALUATED]) {
					const { error, outcomes } = await attack(engine, url, {
						rows: rowsAround({ [field]: id } as IDataObject),
						parameters,
					});
					expect(emulator.requests()).toEqual([]);
					expect(outcomes).toEqual([]);
					expect(error?.context.itemIndex).toBe(1);
					expect(error?.message).toMatch(new RegExp(`^'${label}' `));
					expect(error?.message).toMatch(/Choose a .*give an ID such as/);
					expect(error?.message.length).toBeLessThan(300);
				}
			},
		);

		it.each(numbered)(
			'vector %i, %s: the continue modes give it as a failed seat and serve the good rows',
			async (_, __, { id }) => {
				const { emulator, url } = running;
				for (const onError of CONTINUING) {
					const { outcomes, main, errors, error } = await attack(engine, url, {
						rows: rowsAround({ [field]: id } as IDataObject),
						parameters: FROM_ROW,
						onError,
					});
					expect(error).toBeUndefined();
					expect(outcomes).toHaveLength(3);
					const byRow = [0, 1, 2].map((row) => outcomes.find((outcome) => outcome.row === row));
					expect(byRow[0]).toMatchObject({ status: 'succeeded', username: 'ada@contoso.com' });
					expect(byRow[1]).toMatchObject({
						status: 'failed',
						failureReason: expect.stringMatching(/Choose a .*give an ID such as/),
					});
					expect(byRow[2]).toMatchObject({ status: 'succeeded', username: 'alan@contoso.com' });
					expect([main.length, errors.length]).toEqual(
						onError === 'continueErrorOutput' ? [2, 1] : [3, 0],
					);
					expectPathsInPlace(emulator);
					expectTruth(emulator, outcomes);
				}
			},
		);
	});

	// What n8n's own check of the field lets through; it refuses "../.." before the node is asked.
	it.each(['a..b', '={{ "../.." }}'])(
		'one id for all rows that cannot be one (%s) refuses every row, without a request',
		async (id) => {
			const { emulator, url } = running;
			const { outcomes } = await attack(engine, url, {
				rows: rowsAround({}),
				parameters: { productId: locator(id) },
				onError: 'continueRegularOutput',
			});
			expect(outcomes.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
			expect(emulator.requests()).toEqual([]);
		},
	);

	it('an expression that throws is the refusal of its row', async () => {
		const { url } = running;
		const { outcomes } = await attack(engine, url, {
			rows: rowsAround({ productId: null }),
			parameters: { ...FROM_ROW, productId: locator('={{ $json.productId.toUpperCase() }}') },
			onError: 'continueRegularOutput',
		});
		expect(outcomes.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'succeeded']);
	});

	it.each(CONTINUING)(
		'%s: each name of a row with a bad id comes out by its own name',
		async (onError) => {
			const { url } = running;
			const { outcomes } = await attack(engine, url, {
				rows: [
					{
						...GOOD,
						productId: '..',
						email: 'ada@contoso.com; grace@contoso.com, ada@CONTOSO.com',
					},
					{ ...GOOD, email: 'alan@contoso.com' },
				],
				parameters: FROM_ROW,
				onError,
			});
			expectOneOutcomeEach(outcomes, [
				['ada@contoso.com', 'grace@contoso.com'],
				['alan@contoso.com'],
			]);
		},
	);

	it('one product in two casings is one product: each seat is asked for once', async () => {
		const { emulator, url } = running;
		const { outcomes } = await attack(engine, url, {
			rows: [
				{ ...GOOD, email: 'ada@contoso.com' },
				{ ...GOOD, productId: PRODUCT.toLowerCase(), email: 'Ada@contoso.com' },
			],
			parameters: FROM_ROW,
			onError: 'continueRegularOutput',
		});
		expect(outcomes).toMatchObject([
			{ productId: PRODUCT, status: 'succeeded' },
			{ productId: PRODUCT.toLowerCase(), username: 'Ada@contoso.com', status: 'succeeded' },
		]);
		expect(bulkRequests(emulator).flatMap(({ usernames }) => usernames)).toHaveLength(1);
	});

	it.each(['constructor', 'toString', 'V1', 'Seats', 'CON', 'null', 'a.b~c-d_e'])(
		'"%s" may be an id: it stays in its segment and is the Store\'s to refuse',
		async (id) => {
			const { emulator, url } = running;
			const { outcomes } = await attack(engine, url, {
				rows: [{ ...GOOD, productId: id, email: 'ada@contoso.com' }],
				parameters: FROM_ROW,
				onError: 'continueRegularOutput',
			});
			expect(outcomes).toMatchObject([{ productId: id, status: 'failed', httpStatus: 404 }]);
			expect(bulkRequests(emulator).map(({ target }) => target)).toEqual([
				`/V1/Inventory/${id}/${SKU}/Seats`,
			]);
		},
	);
});
