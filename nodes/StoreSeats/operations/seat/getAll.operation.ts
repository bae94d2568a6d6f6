import { limitField, productKeyField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { SEATS_ADVICE } from '../advice';
import { listFields, productField, skuField } from '../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	resource: 'seat',
	operation: 'getAll',
	name: 'Get Many',
	action: 'Get many seats of product',
	description: 'Retrieve the users who hold a license of a product',
	properties: [productField, skuField, ...listFields],
	execute: async (run) =>
		await readItems(run, {
			fields: { key: productKeyField(run), limit: limitField(run) },
			subject: ({ key: { productId, skuId } }) => `the seats of product ${productId}, SKU ${skuId}`,
			reading: ({ key, limit }) => readings.seats(key, limit),
			advice: SEATS_ADVICE,
		}),
};
