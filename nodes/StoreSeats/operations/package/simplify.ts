import type { IDataObject, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { property } from '../../store/reading';

export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: false,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

const KEPT = [
	'packageId',
	'contentId',
	'packageFullName',
	'packageFormat',
	'architectures',
	'fileSize',
] as const;

/** What most people want of a package, flat: the service's structure nests its dependencies in it. */
export function simplified(item: INodeExecutionData): INodeExecutionData {
	const json: IDataObject = {};
	for (const name of KEPT) {
		if (item.json[name] !== undefined) json[name] = item.json[name];
	}
	const url = property(item.json.location, 'url');
	if (typeof url === 'string') json.url = url;
	return { ...item, json };
}
