import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';

import { connect } from '../n8n/connection';
import type { Runtime } from '../n8n/runtime';
import { readInventoryPage, type InventoryEntry } from '../store/inventory';
import { readPages } from '../store/pages';
import { property, text } from '../store/reading';
import type { Sender } from '../store/sender';
import {
	chosen,
	FOR_A_PERSON,
	gaveNoList,
	matches,
	patiently,
	tookTooLong,
	type Patience,
} from './picker';

const PRODUCTS_SHOWN = 25;
/** Titles asked for together while looking for a word in them. */
const TITLES_AT_ONCE = 50;
const TITLE_LANGUAGE = 'en-us';

/**
 * The products of the inventory by title, with license type and free seats. Titles are asked for only
 * for what is shown; with a filter, for as many products as it takes to fill a page of the list.
 */
export async function searchProducts(
	context: ILoadOptionsFunctions,
	runtime: Runtime,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await patiently(runtime, async (patience) => {
		const { sender } = await connect(context, FOR_A_PERSON, runtime);
		const products = byProduct(await inventoryOf(context, sender, patience));
		const wanted = filter?.trim().toLowerCase() ?? '';
		const results: INodeListSearchItems[] = [];
		let at = Number(paginationToken ?? 0) || 0;
		while (at < products.length && results.length < PRODUCTS_SHOWN) {
			const missing = PRODUCTS_SHOWN - results.length;
			const some = products.slice(at, at + (wanted === '' ? missing : TITLES_AT_ONCE));
			const titles = await Promise.all(
				some.map(async (entries) => await patience.until(titleOf(sender, entries, patience))),
			);
			for (const [index, entries] of some.entries()) {
				if (results.length === PRODUCTS_SHOWN) break;
				at++;
				const item = productItem(entries, titles[index]);
				if (wanted === '' || matches(item, wanted)) results.push(item);
			}
		}
		return at < products.length ? { results, paginationToken: String(at) } : { results };
	});
}

/** The SKUs of the chosen product, with license type, free seats and status. */
export async function searchSkus(
	context: ILoadOptionsFunctions,
	runtime: Runtime,
	filter?: string,
): Promise<INodeListSearchResult> {
	const productId = chosen(context, 'productId');
	return await patiently(runtime, async (patience) => {
		const { sender } = await connect(context, FOR_A_PERSON, runtime);
		const wanted = filter?.trim().toLowerCase() ?? '';
		const results = (await inventoryOf(context, sender, patience))
			.filter(({ key }) => key.productId.toLowerCase() === productId.toLowerCase())
			.map((entry) => ({
				name: [entry.key.skuId, ...traits([entry])].join(' · '),
				value: entry.key.skuId,
			}))
			.filter((item) => wanted === '' || matches(item, wanted));
		return { results };
	});
}

async function inventoryOf(
	context: ILoadOptionsFunctions,
	sender: Sender,
	patience: Patience,
): Promise<readonly InventoryEntry[]> {
	const reply = await patience.until(
		readPages(sender, { method: 'GET', path: ['V1', 'Inventory'] }, readInventoryPage, {
			stillWanted: patience.left,
		}),
	);
	if (reply === undefined) throw tookTooLong(context, 'inventory');
	if (reply.kind === 'read') return reply.elements;
	throw gaveNoList(context, 'inventory', reply.refusal, {
		404: 'Check the Base URL of the credential.',
	});
}

/** The entries of each product together, in the inventory's order. */
function byProduct(entries: readonly InventoryEntry[]): InventoryEntry[][] {
	const products = new Map<string, InventoryEntry[]>();
	for (const entry of entries) {
		const known = products.get(entry.key.productId);
		if (known === undefined) products.set(entry.key.productId, [entry]);
		else known.push(entry);
	}
	return [...products.values()];
}

/** A product without a title in this language is shown by its ID; a title is never worth a failure. */
async function titleOf(
	sender: Sender,
	[{ key }]: readonly InventoryEntry[],
	patience: Patience,
): Promise<string | undefined> {
	const sent = await sender.send(
		{
			method: 'GET',
			path: ['V1', 'Products', key.productId, key.skuId, 'LocalizedDetails', TITLE_LANGUAGE],
		},
		(body) => ({ title: text(property(body, 'displayName'))?.trim() }),
		patience.left,
	);
	return sent.kind === 'answered' ? sent.answer.title || undefined : undefined;
}

function productItem(
	entries: readonly InventoryEntry[],
	title: string | undefined,
): INodeListSearchItems {
	const { productId } = entries[0].key;
	return { name: [title ?? productId, ...traits(entries)].join(' · '), value: productId };
}

function traits(entries: readonly InventoryEntry[]): string[] {
	const licenses = [...new Set(entries.flatMap(({ licenseType }) => licenseType ?? []))];
	const removed = entries.every(({ status }) => status?.toLowerCase() === 'removed');
	return [
		...(licenses.length > 0 ? [licenses.join(' and ')] : []),
		...freeSeats(entries),
		...(removed ? ['removed'] : []),
	];
}

function freeSeats(entries: readonly InventoryEntry[]): string[] {
	if (entries.some(({ distributionPolicy }) => distributionPolicy?.toLowerCase() === 'open')) {
		return ['no seat limit'];
	}
	const counted = entries.filter(({ availableSeats }) => availableSeats !== undefined);
	if (counted.length === 0) return [];
	const free = counted.reduce((sum, { availableSeats }) => sum + (availableSeats ?? 0), 0);
	return [free === 1 ? '1 seat free' : `${free} seats free`];
}
