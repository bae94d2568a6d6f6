import { productKeyField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { PRODUCT_ADVICE } from '../advice';
import { productField, skuField } from '../fields';
import type { Operation } from '../operation';

export const get: Operation = {
	resource: 'product',
	operation: 'get',
	name: 'Get',
	action: 'Get product',
	description:
		'Retrieve the technical details of a product: type, platforms, languages, install link',
	properties: [productField, skuField],
	execute: async (run) =>
		await readItems(run, {
			fields: { key: productKeyField(run) },
			subject: ({ key: { productId, skuId } }) => `product ${productId}, SKU ${skuId}`,
			reading: ({ key }) => readings.product(key),
			advice: PRODUCT_ADVICE,
		}),
};
