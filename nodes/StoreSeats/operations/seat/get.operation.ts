import { productKeyField, usernameField as usernameOf } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { SEATS_ADVICE } from '../advice';
import { productField, skuField, usernameField } from '../fields';
import type { Operation } from '../operation';

export const get: Operation = {
	resource: 'seat',
	operation: 'get',
	name: 'Get',
	action: 'Get seat of user',
	description:
		'Retrieve the license of a product that one user holds; a user who holds none is reported as not found',
	properties: [productField, skuField, usernameField],
	execute: async (run) =>
		await readItems(run, {
			fields: { key: productKeyField(run), username: usernameOf(run) },
			subject: ({ key: { productId, skuId }, username }) =>
				`the seat of ${username} for product ${productId}, SKU ${skuId}`,
			reading: ({ key, username }) => readings.seat(key, username),
			advice: {
				...SEATS_ADVICE,
				400: 'Check the user name: a user principal name such as ada@contoso.com, or an Entra object ID.',
				404: 'The user holds no seat of this product, or the Store knows no such user, product or SKU. To go on with the other items, choose Continue in the settings of the node.',
			},
		}),
};
