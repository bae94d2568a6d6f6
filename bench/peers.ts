import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

/**
 * The same seats sent in other ways, through the same request helper of n8n and the same credential:
 * what is measured against is a program that does nothing but send.
 */
export class Peer implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Peer',
		name: 'peer',
		group: ['transform'],
		version: 1,
		description: 'Sends requests and reads nothing',
		defaults: { name: 'Peer' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'storeForBusinessOAuth2Api', required: true }],
		properties: [
			{ displayName: 'Url', name: 'url', type: 'string', default: '' },
			{ displayName: 'Batch Size', name: 'batchSize', type: 'number', default: 25 },
			{ displayName: 'Concurrency', name: 'concurrency', type: 'number', default: 4 },
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		const url = this.getNodeParameter('url', 0) as string;
		const batchSize = this.getNodeParameter('batchSize', 0) as number;
		const concurrency = this.getNodeParameter('concurrency', 0) as number;
		const names = items.map(({ json }) => json.email as string);
		const batches: string[][] = [];
		for (let start = 0; start < names.length; start += batchSize) {
			batches.push(names.slice(start, start + batchSize));
		}
		const send = async (usernames: string[]) => {
			// One user at a time goes through the service's own operation for that.
			const single = batchSize === 1 ? `/${encodeURIComponent(usernames[0])}` : '';
			await this.helpers.httpRequestWithAuthentication.call(this, 'storeForBusinessOAuth2Api', {
				method: 'POST',
				url: url + single,
				json: true,
				...(single === '' ? { body: { usernames, seatAction: 'Assign' } } : {}),
			});
		};
		const first = batches.shift();
		if (first !== undefined) await send(first);
		const lane = async () => {
			for (let next = batches.shift(); next !== undefined; next = batches.shift()) await send(next);
		};
		await Promise.all(Array.from({ length: concurrency }, lane));
		return [items.map((item, index) => ({ json: item.json, pairedItem: { item: index } }))];
	}
}
