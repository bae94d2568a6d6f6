import type { INodeProperties } from 'n8n-workflow';

import { inventoryFiltersField, limitField } from '../../n8n/itemFields';
import { readItems } from '../../n8n/readItems';
import { readings } from '../../store/reads';
import { listFields } from '../fields';
import type { Operation } from '../operation';

const filtersField: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	options: [
		{
			displayName: 'License Types',
			name: 'licenseTypes',
			type: 'multiOptions',
			options: [
				{
					name: 'Offline',
					value: 'offline',
					description: 'Licenses that are downloaded and put on devices',
				},
				{
					name: 'Online',
					value: 'online',
					description: 'Licenses that are given to users, seat by seat',
				},
			],
			default: [],
			description: 'The kinds of license to return; both if none is chosen',
		},
		{
			displayName: 'Modified Since',
			name: 'modifiedSince',
			type: 'dateTime',
			default: '',
			placeholder: 'e.g. 2026-01-31T08:00:00Z',
			description: 'Return only what was bought, changed or removed at this time or later',
		},
	],
};

export const getAll: Operation = {
	resource: 'inventory',
	operation: 'getAll',
	name: 'Get Many',
	action: 'Get many inventory entries',
	description:
		'Retrieve the products that the organization owns, with their seats: all and free ones',
	properties: [...listFields, filtersField],
	execute: async (run) =>
		await readItems(run, {
			fields: { filters: inventoryFiltersField(run), limit: limitField(run) },
			subject: () => 'the inventory',
			reading: ({ filters, limit }) => readings.inventory(filters, limit),
			advice: {
				400: 'Check the filters: license types and the date.',
				404: 'Check the Base URL of the credential.',
			},
		}),
};
