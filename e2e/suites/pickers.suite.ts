import assert from 'node:assert/strict';
import { beforeEach, it } from 'node:test';

import { manyProducts } from '../../emulator/seed';
import type { Json } from '../server/api';
import { newCredential, PRODUCT, type World } from './world';

/** The lists that the editor shows for Product and SKU, asked for as it asks. */
export function pickersSuite(world: () => World): void {
	beforeEach(() => world().emulator.reset());

	const products = async (more: { filter?: string; paginationToken?: string } = {}) =>
		await search('searchProducts', 'productId', {}, more);
	const search = async (method: string, parameter: string, productId: Json, more = {}) =>
		await world().api.listSearch({
			nodeType: 'n8n-nodes-store-seats.storeSeats',
			credentials: await newCredential(world()),
			parameters: { resource: 'seat', operation: 'assign', productId },
			parameter,
			method,
			...more,
		});

	it('lists products by title, with license type and free seats', async () => {
		const { results } = await products();
		const minecraft = results.find(({ value }) => value === PRODUCT);
		assert.equal(minecraft?.name, 'Minecraft: Education Edition · Online · 6277 seats free');
		assert.ok(results.some(({ name }) => name === 'Contoso Notebook · Online · no seat limit'));
		assert.ok(!results.some(({ value }) => value === '9P0000000004'), 'only what is owned');
	});

	it('finds products by a word of the title', async () => {
		const { results } = await products({ filter: 'GEOMETRY' });
		assert.deepEqual(
			results.map(({ value }) => value),
			['9P0000000001'],
		);
	});

	it('goes on page by page through a long inventory, with and without a filter', async () => {
		for (const product of manyProducts(60)) world().emulator.state.addProduct(product);
		for (const filter of [undefined, 'sample']) {
			const seen = new Set<string>();
			let paginationToken: string | undefined;
			let pages = 0;
			do {
				const page = await products({ filter, paginationToken });
				for (const { value } of page.results) seen.add(value);
				paginationToken = page.paginationToken;
				pages++;
			} while (paginationToken !== undefined && pages < 10);
			const samples = [...seen].filter((id) => id.startsWith('9M'));
			assert.equal(samples.length, 60);
			assert.ok(pages >= 3, `${pages} pages`);
		}
	});

	it('lists the SKUs of the chosen product, by list, ID or URL', async () => {
		for (const productId of [
			{ __rl: true, mode: 'list', value: PRODUCT },
			{ __rl: true, mode: 'id', value: PRODUCT.toLowerCase() },
			{ __rl: true, mode: 'url', value: `https://apps.microsoft.com/detail/${PRODUCT}` },
		]) {
			const { results } = await search('searchSkus', 'skuId', productId);
			assert.deepEqual(
				results.map(({ value }) => value),
				['0001', '0002', '0004', '0005'],
				productId.mode,
			);
			assert.match(results[1].name, /^0002 · Online · 5997 seats free$/);
		}
	});

	it('says to choose a product first where there is none', async () => {
		const empty = { __rl: true, mode: 'list', value: '' };
		await assert.rejects(search('searchSkus', 'skuId', empty), /Choose a product first/);
	});
}
