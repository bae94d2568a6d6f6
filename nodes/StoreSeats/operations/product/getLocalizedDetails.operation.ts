import type { INodeProperties } from 'n8n-workflow';

import { languageField as languageOf, productKeyField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { productField, skuField } from '../fields';
import type { Operation } from '../operation';

const languageField: INodeProperties = {
	displayName: 'Language',
	name: 'language',
	type: 'string',
	default: 'en-us',
	required: true,
	placeholder: 'e.g. en-us',
	description: 'The language of title and description, as a tag of language and region',
};

export const getLocalizedDetails: Operation = {
	resource: 'product',
	operation: 'getLocalizedDetails',
	name: 'Get Localized Details',
	action: 'Get localized details of product',
	description: 'Retrieve title, description, publisher and images of a product in one language',
	properties: [productField, skuField, languageField],
	execute: async (run) =>
		await readItems(run, {
			fields: { key: productKeyField(run), language: languageOf(run) },
			subject: ({ key: { productId, skuId }, language }) =>
				`the details in ${language} of product ${productId}, SKU ${skuId}`,
			reading: ({ key, language }) => readings.localizedDetails(key, language),
			advice: {
				400: 'Check product, SKU and language.',
				404: "Check product and SKU, and whether the product exists in this language: 'Product: Get' lists its languages.",
			},
		}),
};
