import { CONTENT_ID } from '../operations/support';
import { Bench, byId } from '../support/store';
import { list } from './support';

let bench: Bench;

beforeAll(async () => {
	bench = await Bench.start();
});
afterEach(async () => await bench.closeAll());

const chosen = (productId: unknown, skuId: unknown) => ({
	parameters: { productId, skuId } as never,
});
const ATLAS = chosen(byId('9NBLGGH4R2R6'), byId('0017'));

describe('the list of packages', () => {
	it('has name and architecture of each, with one request', async () => {
		const { emulator, url } = await bench.store();
		expect(await list(bench, url, 'searchPackages', ATLAS)).toEqual({
			results: [
				{ name: 'Contoso.Atlas_2.1.0.0_x64__0000000000000 · x64', value: 'atlas-x64' },
				{ name: 'Contoso.Atlas_2.1.0.0_x86__0000000000000 · x86', value: 'atlas-x86' },
			],
		});
		expect(emulator.log.map(({ operation }) => operation)).toEqual(['token', 'getPackages']);
	});

	it('is filtered by what is typed, and the same in PascalCase', async () => {
		const { emulator, url } = await bench.store();
		emulator.quirks.casing = 'pascal';
		const found = await list(bench, url, 'searchPackages', { ...ATLAS, filter: 'X86' });
		expect(found.results.map(({ value }) => value)).toEqual(['atlas-x86']);
	});

	it('gives each content once, by the ID that a license is asked for with', async () => {
		const { url } = await bench.store();
		expect(await list(bench, url, 'searchContents', ATLAS)).toEqual({
			results: [{ name: 'Contoso.Atlas_2.1.0.0_x64__0000000000000 · x64', value: CONTENT_ID }],
		});
	});

	it.each([
		['no product', chosen(byId(''), byId('0017')), 'Choose a product first'],
		['no SKU', chosen(byId('9NBLGGH4R2R6'), byId(' ')), 'Choose a SKU first'],
		[
			'an expression as SKU',
			chosen(byId('9NBLGGH4R2R6'), byId('={{ $json.sku }}')),
			'The SKU is an expression, so what there is to choose is not known here',
		],
	])(
		'asks for what it depends on, and the Store for nothing: %s',
		async (_what, given, message) => {
			const { emulator, url } = await bench.store();
			await expect(list(bench, url, 'searchPackages', given)).rejects.toMatchObject({ message });
			expect(emulator.log).toEqual([]);
		},
	);

	it('says what to do where the Store refuses it', async () => {
		const { url } = await bench.store();
		const notOwned = chosen(byId('9P0000000004'), byId('0001'));
		await expect(list(bench, url, 'searchPackages', notOwned)).rejects.toMatchObject({
			message: expect.stringMatching(/^The list of packages could not be read: /),
			description: expect.stringMatching(/products that the organization owns/),
			httpCode: '409',
		});
	});
});
