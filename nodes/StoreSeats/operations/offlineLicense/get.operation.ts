import type { INodeProperties } from 'n8n-workflow';

import { fileField, productKeyField, segmentField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { licenseFile } from '../../store/licenseFile';
import { readings } from '../../store/reads';
import { productField, skuField } from '../fields';
import type { Operation } from '../operation';

const contentIdField: INodeProperties = {
	displayName: 'Content ID',
	name: 'contentId',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 01a2b3c4-0000-4000-8000-000000000000',
	description: 'The <code>contentId</code> of a package of the product',
};

const fileFields: readonly INodeProperties[] = [
	{
		displayName: 'Download Licence File',
		name: 'download',
		type: 'boolean',
		default: false,
		description: 'Whether to put the decoded licence on the item as a file, beside its data',
	},
	{
		displayName: 'Put Output File in Field',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		required: true,
		placeholder: 'e.g. data',
		hint: 'The name of the output binary field to put the file in',
		displayOptions: { show: { download: [true] } },
	},
];

export const get: Operation = {
	resource: 'offlineLicense',
	operation: 'get',
	name: 'Get',
	action: 'Get an offline license',
	description:
		'Get the licence that installs a product on devices without the Store, as data or as a file',
	properties: [productField, skuField, contentIdField, ...fileFields],
	execute: async (run) =>
		await readItems(run, {
			fields: {
				key: productKeyField(run),
				contentId: segmentField(run, 'contentId', 'Content ID', 'the contentId of a package'),
				file: fileField(run),
			},
			subject: ({ key: { productId, skuId }, contentId }) =>
				`the offline licence of product ${productId}, SKU ${skuId}, content ${contentId}`,
			reading: ({ key, contentId }) => readings.offlineLicense(key, contentId),
			advice: {
				400: 'Check product, SKU and content ID.',
				404: 'Check product, SKU and content ID: Get Many of packages gives the content ID of each package.',
				409: 'Offline licences are given for products that the organisation owns with offline licensing. Check the licence type in the inventory.',
			},
			finish: async (item, { key, contentId, file }) => {
				if (file === undefined) return { value: item };
				const decoded = licenseFile(item.json.licenseBlob, key, contentId);
				if (decoded === undefined) {
					return { refused: `The Store gave no licence that can be decoded for ${contentId}` };
				}
				const { bytes, fileName, mimeType } = decoded;
				const data = await run.context.helpers.prepareBinaryData(bytes, fileName, mimeType);
				return { value: { ...item, binary: { [file]: data } } };
			},
		}),
};
