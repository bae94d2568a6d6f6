import type { ProductKey } from './seat';
import { shown } from './text';

/**
 * Published ids are letters and digits (`9NBLGGH4R2R6`, `0016`). A few harmless characters more are
 * let through for ids nobody has seen yet, but nothing that could mean something in a URL's path.
 */
const ID = /^[A-Za-z0-9](?:[A-Za-z0-9_~-]|\.(?!\.)){0,127}$/;

export type CheckedKey =
	| { readonly key: ProductKey }
	| { readonly refused: string; readonly productId: string; readonly skuId: string };

/**
 * Checks the two ids of a row before anything is sent. Guarantees that a returned key cannot change
 * the path of a request. Numbers are taken as text, since spreadsheets turn "0016" style ids into them.
 */
export function checkProductKey(productId: unknown, skuId: unknown): CheckedKey {
	const product = idText(productId);
	const sku = idText(skuId);
	const refused =
		refusal('Product', product, 'Choose a product, or give an ID such as CFQ7TTC0K5DR') ??
		refusal('SKU', sku, 'Choose a SKU, or give an ID such as 0016');
	return refused === undefined
		? { key: { productId: product, skuId: sku } }
		: { refused, productId: product, skuId: sku };
}

function idText(value: unknown): string {
	if (typeof value === 'string') return value.trim();
	return typeof value === 'number' ? String(value) : '';
}

function refusal(label: string, id: string, advice: string): string | undefined {
	if (id === '') return `'${label}' is empty. ${advice}.`;
	if (ID.test(id)) return undefined;
	return `'${label}' is set to "${shown(id)}", which is not an ID of the Store. ${advice}.`;
}
