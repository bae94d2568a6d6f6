import { productKeyField, segmentField, switchField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { OWNED_ADVICE } from '../advice';
import { packageLocator, productField, skuField } from '../fields';
import type { Operation } from '../operation';
import { simplified, simplifyField } from './simplify';

const packageIdField = packageLocator(
	{
		displayName: 'Package',
		name: 'packageId',
		description: 'A package of the product and SKU chosen above',
	},
	'searchPackages',
);

export const get: Operation = {
	resource: 'package',
	operation: 'get',
	name: 'Get',
	action: 'Get package of product',
	description: 'Retrieve one installation package of a product, with a download link that expires',
	properties: [productField, skuField, packageIdField, simplifyField],
	execute: async (run) =>
		await readItems(run, {
			fields: {
				key: productKeyField(run),
				simplify: switchField(run, 'simplify'),
				packageId: segmentField(
					run,
					'packageId',
					'Package',
					'Choose a package, or give its packageId',
				),
			},
			finish: async (item, { simplify }) => ({ value: simplify ? simplified(item) : item }),
			subject: ({ key: { productId, skuId }, packageId }) =>
				`package ${packageId} of product ${productId}, SKU ${skuId}`,
			reading: ({ key, packageId }) => readings.package(key, packageId),
			advice: {
				...OWNED_ADVICE,
				404: "Check product, SKU and package: 'Package: Get Many' lists the packages of a product.",
			},
		}),
};
