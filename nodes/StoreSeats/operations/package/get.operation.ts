import type { INodeProperties } from 'n8n-workflow';

import { productKeyField, segmentField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { OWNED_ADVICE } from '../advice';
import { productField, skuField } from '../fields';
import type { Operation } from '../operation';

const packageIdField: INodeProperties = {
	displayName: 'Package ID',
	name: 'packageId',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 01a2b3c4-0000-4000-8000-000000000000',
	description: 'The <code>packageId</code> of an item that Get Many of packages gave',
};

export const get: Operation = {
	resource: 'package',
	operation: 'get',
	name: 'Get',
	action: 'Get a package of a product',
	description: 'Get one installation package of a product, with a download link that expires',
	properties: [productField, skuField, packageIdField],
	execute: async (run) =>
		await readItems(run, {
			fields: {
				key: productKeyField(run),
				packageId: segmentField(run, 'packageId', 'Package ID', 'the packageId of Get Many'),
			},
			subject: ({ key: { productId, skuId }, packageId }) =>
				`package ${packageId} of product ${productId}, SKU ${skuId}`,
			reading: ({ key, packageId }) => readings.package(key, packageId),
			advice: {
				...OWNED_ADVICE,
				404: 'Check product, SKU and package ID: Get Many of packages lists the packages of a product.',
			},
		}),
};
