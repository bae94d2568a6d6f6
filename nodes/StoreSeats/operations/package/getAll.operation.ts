import { limitField, productKeyField, switchField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { OWNED_ADVICE } from '../advice';
import { listFields, productField, skuField } from '../fields';
import type { Operation } from '../operation';
import { simplified, simplifyField } from './simplify';

export const getAll: Operation = {
	resource: 'package',
	operation: 'getAll',
	name: 'Get Many',
	action: 'Get many packages of product',
	description:
		'Retrieve the installation packages of a product that is owned, with download links that expire',
	properties: [productField, skuField, ...listFields, simplifyField],
	execute: async (run) =>
		await readItems(run, {
			fields: {
				key: productKeyField(run),
				limit: limitField(run),
				simplify: switchField(run, 'simplify'),
			},
			finish: async (item, { simplify }) => ({ value: simplify ? simplified(item) : item }),
			subject: ({ key: { productId, skuId } }) =>
				`the packages of product ${productId}, SKU ${skuId}`,
			reading: ({ key, limit }) => readings.packages(key, limit),
			advice: OWNED_ADVICE,
		}),
};
