import type { INodeProperties } from 'n8n-workflow';

/** Ids as published; the node itself lets a little more through, so this only catches slips early. */
const ID_HINT = '^[A-Za-z0-9][A-Za-z0-9._~-]*$';

/**
 * The product in the links that people have at hand: the Store's own pages and install links, and
 * apps.microsoft.com. A parameter `productId` goes first, else the last part of the path that looks
 * like an ID: twelve letters and digits with a digit. One group, as n8n's extraction wants it.
 */
export const PRODUCT_URL =
	'^\\s*(?:[A-Za-z][A-Za-z0-9+.-]*:\\/\\/)?(?:[^?#]*\\?(?:[^#]*&)?[pP][rR][oO][dD][uU][cC][tT][iI][dD]=|[^?#]*\\/)((?=[A-Za-z]*[0-9])[A-Za-z0-9]{12})(?:[\\/?#&].*)?\\s*$';

export const productField: INodeProperties = {
	displayName: 'Product',
	name: 'productId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The product in the inventory of your tenant',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a product...',
			typeOptions: { searchListMethod: 'searchProducts', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. CFQ7TTC0K5DR',
			validation: [
				{
					type: 'regex',
					properties: { regex: ID_HINT, errorMessage: 'A product ID has letters and digits only' },
				},
			],
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. https://apps.microsoft.com/detail/9NBLGGH4R2R6',
			extractValue: { type: 'regex', regex: PRODUCT_URL },
			validation: [
				{
					type: 'regex',
					properties: {
						regex: PRODUCT_URL,
						errorMessage: 'No product ID (twelve letters and digits) found in this link',
					},
				},
			],
		},
	],
};

export const skuField: INodeProperties = {
	displayName: 'SKU',
	name: 'skuId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	// A SKU such as 0001 exists under many products: left standing, it would spend the wrong license.
	typeOptions: { loadOptionsDependsOn: ['productId.value'] },
	description: 'The license of the product, such as a volume license or an invoiced one',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a SKU...',
			typeOptions: { searchListMethod: 'searchSkus', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 0016',
			validation: [
				{
					type: 'regex',
					properties: { regex: ID_HINT, errorMessage: 'A SKU ID has letters and digits only' },
				},
			],
		},
	],
};

/** A package of the chosen product, or its content; the reference says nothing of the form of the IDs. */
export const packageLocator = (
	field: Pick<INodeProperties, 'displayName' | 'name' | 'description'>,
	searchListMethod: 'searchPackages' | 'searchContents',
): INodeProperties => ({
	...field,
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	typeOptions: { loadOptionsDependsOn: ['productId.value', 'skuId.value'] },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a package...',
			typeOptions: { searchListMethod, searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 01a2b3c4-0000-4000-8000-000000000000',
		},
	],
});

export const usernameField: INodeProperties = {
	displayName: 'Username',
	name: 'username',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. ada@contoso.com',
	description: 'User principal name (user@domain) or Entra object ID of one user',
};

/** The two fields of everything that gives a list. */
export const listFields: readonly INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		displayOptions: { show: { returnAll: [false] } },
		description: 'Max number of results to return',
	},
];
