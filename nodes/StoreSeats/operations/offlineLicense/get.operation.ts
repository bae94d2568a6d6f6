import type { INodeProperties } from 'n8n-workflow';

import { fileField, productKeyField, segmentField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { licenseFile } from '../../store/licenseFile';
import { readings } from '../../store/reads';
import { packageLocator, productField, skuField } from '../fields';
import type { Operation } from '../operation';

const contentIdField = packageLocator(
	{
		displayName: 'Content',
		name: 'contentId',
		description: 'The package that the license is for, by its <code>contentId</code>',
	},
	'searchContents',
);

const fileFields: readonly INodeProperties[] = [
	{
		displayName: 'Download License File',
		name: 'download',
		type: 'boolean',
		default: false,
		description: 'Whether to put the decoded license on the item as a file, beside its data',
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
	action: 'Get offline license',
	description:
		'Retrieve the license that installs a product on devices without the Store, as data or as a file',
	properties: [productField, skuField, contentIdField, ...fileFields],
	execute: async (run) =>
		await readItems(run, {
			fields: {
				key: productKeyField(run),
				contentId: segmentField(
					run,
					'contentId',
					'Content',
					'Choose a package, or give the contentId of one',
				),
				file: fileField(run),
			},
			subject: ({ key: { productId, skuId }, contentId }) =>
				`the offline license of product ${productId}, SKU ${skuId}, content ${contentId}`,
			reading: ({ key, contentId }) => readings.offlineLicense(key, contentId),
			advice: {
				400: 'Check product, SKU and content.',
				404: "Check product, SKU and content: 'Package: Get Many' gives the content ID of each package.",
				409: 'Offline licenses are given for products that the organization owns with offline licensing. Check the license type in the inventory.',
			},
			finish: async (item, { key, contentId, file }) => {
				if (file === undefined) return { value: item };
				const decoded = licenseFile(item.json.licenseBlob, key, contentId);
				if (decoded === undefined) {
					return { refused: `The Store gave no license that can be decoded for ${contentId}` };
				}
				const { bytes, fileName, mimeType } = decoded;
				const data = await run.context.helpers.prepareBinaryData(bytes, fileName, mimeType);
				return { value: { ...item, binary: { [file]: data } } };
			},
		}),
};
