import type {
	IExecuteFunctions,
	ILoadOptionsFunctions,
	INodeExecutionData,
	INodeListSearchResult,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { onErrorOf } from './n8n/onError';
import { systemRuntime } from './n8n/runtime';
import { chosenOperation, nodeProperties } from './operations';
import { searchPackages } from './pickers/packagePicker';
import { searchProducts, searchSkus } from './pickers/productPicker';

export class StoreSeats implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Store Seats',
		name: 'storeSeats',
		icon: { light: 'file:storeSeats.svg', dark: 'file:storeSeats.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description: 'Assign, reclaim and read app licenses of the Microsoft Store for Business',
		defaults: { name: 'Store Seats' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'storeForBusinessOAuth2Api', required: true }],
		properties: nodeProperties(),
	};

	methods = {
		listSearch: {
			async searchProducts(
				this: ILoadOptionsFunctions,
				filter?: string,
				paginationToken?: string,
			): Promise<INodeListSearchResult> {
				return await searchProducts(this, systemRuntime, filter, paginationToken);
			},
			async searchSkus(
				this: ILoadOptionsFunctions,
				filter?: string,
			): Promise<INodeListSearchResult> {
				return await searchSkus(this, systemRuntime, filter);
			},
			async searchPackages(
				this: ILoadOptionsFunctions,
				filter?: string,
			): Promise<INodeListSearchResult> {
				return await searchPackages(this, systemRuntime, 'packageId', filter);
			},
			async searchContents(
				this: ILoadOptionsFunctions,
				filter?: string,
			): Promise<INodeListSearchResult> {
				return await searchPackages(this, systemRuntime, 'contentId', filter);
			},
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await chosenOperation(this).execute({
			context: this,
			items: this.getInputData(),
			onError: this.continueOnFail() ? onErrorOf(this) : 'stop',
			runtime: systemRuntime,
		});
	}
}
