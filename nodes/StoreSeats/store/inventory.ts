import type { ProductKey } from '../seats/seat';
import { readPage, type PageOf } from './pages';
import { property, text } from './reading';

/** The service's InventoryEntryDetails as far as the pickers and hints need it. */
export interface InventoryEntry {
	readonly key: ProductKey;
	readonly licenseType?: string;
	readonly distributionPolicy?: string;
	readonly status?: string;
	readonly seatCapacity?: number;
	readonly availableSeats?: number;
}

/** Reads an InventoryResultSet; undefined if the body is not one. Entries without a key are left out. */
export function readInventoryPage(body: unknown): PageOf<InventoryEntry> | undefined {
	const page = readPage(body, 'inventoryEntries');
	if (page === undefined) return undefined;
	return {
		...page,
		elements: page.elements.flatMap((entry) => {
			const key = property(entry, 'productKey');
			const productId = text(property(key, 'productId'));
			const skuId = text(property(key, 'skuId'));
			if (productId === undefined || skuId === undefined) return [];
			return [
				{
					key: { productId, skuId },
					licenseType: text(property(entry, 'licenseType')),
					distributionPolicy: text(property(entry, 'distributionPolicy')),
					status: text(property(entry, 'status')),
					seatCapacity: count(property(entry, 'seatCapacity')),
					availableSeats: count(property(entry, 'availableSeats')),
				},
			];
		}),
	};
}

function count(value: unknown): number | undefined {
	const number = typeof value === 'string' && value !== '' ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
