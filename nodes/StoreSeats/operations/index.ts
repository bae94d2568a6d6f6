import {
	NodeOperationError,
	type IExecuteFunctions,
	type INodeProperties,
	type INodePropertyOptions,
} from 'n8n-workflow';

import { getAll as getInventory } from './inventory/getAll.operation';
import { get as getOfflineLicense } from './offlineLicense/get.operation';
import type { Operation } from './operation';
import { get as getPackage } from './package/get.operation';
import { getAll as getPackages } from './package/getAll.operation';
import { get as getProduct } from './product/get.operation';
import { getLocalizedDetails } from './product/getLocalizedDetails.operation';
import { assign, reclaim } from './seat/changeSeats.operation';
import { get as getSeat } from './seat/get.operation';
import { getAll as getSeats } from './seat/getAll.operation';
import { getByUser } from './seat/getByUser.operation';

const RESOURCES = [
	{
		name: 'Inventory',
		value: 'inventory',
		description: 'The products that the organization owns',
	},
	{
		name: 'Offline License',
		value: 'offlineLicense',
		description: 'The license to install a product without the Store',
	},
	{
		name: 'Package',
		value: 'package',
		description: 'The files that a product is installed from',
	},
	{
		name: 'Product',
		value: 'product',
		description: 'The details of a product in the catalog of the Store',
	},
	{ name: 'Seat', value: 'seat', description: 'The license that one user holds of a product' },
] as const;

/**
 * Every operation of the node. What is not in this list is neither on screen nor run. The first of a
 * resource is the one that stands there when the resource is chosen.
 */
export const OPERATIONS: readonly Operation[] = [
	getInventory,
	getOfflineLicense,
	getPackages,
	getPackage,
	getProduct,
	getLocalizedDetails,
	assign,
	reclaim,
	getSeat,
	getSeats,
	getByUser,
];

/** The whole screen of the node, derived from the list of operations. */
export function nodeProperties(operations: readonly Operation[] = OPERATIONS): INodeProperties[] {
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: RESOURCES.map(({ name, value, description }) => ({ name, value, description })),
			default: 'seat',
		},
		...RESOURCES.map(({ value }) => ({
			...OPERATION_FIELD,
			displayOptions: { show: { resource: [value] } },
			options: operationOptions(value, operations),
			default: operations.find(({ resource }) => resource === value)?.operation ?? '',
		})),
		...fields(operations),
	];
}

const OPERATION_FIELD: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: '',
};

/** By name, as n8n's guidelines ask of every dropdown. */
const operationOptions = (
	resource: string,
	operations: readonly Operation[],
): INodePropertyOptions[] =>
	operations
		.filter((operation) => operation.resource === resource)
		.map(({ name, operation, action, description }) => ({
			name,
			value: operation,
			action,
			description,
		}))
		.sort((one, other) => one.name.localeCompare(other.name, 'en'));

/** A field that several operations of a resource share is shown for all of them, defined once. */
function fields(operations: readonly Operation[]): INodeProperties[] {
	const shown: Array<{ resource: string; field: INodeProperties; operations: string[] }> = [];
	for (const { resource, operation, properties } of operations) {
		for (const field of properties) {
			const same = shown.find((entry) => entry.resource === resource && entry.field === field);
			if (same === undefined) shown.push({ resource, field, operations: [operation] });
			else same.operations.push(operation);
		}
	}
	return shown.map(({ resource, field, operations: names }) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { ...field.displayOptions?.show, resource: [resource], operation: names },
		},
	}));
}

/** The operation that the node is set to. */
export function chosenOperation(context: IExecuteFunctions): Operation {
	const resource = context.getNodeParameter('resource', 0) as string;
	const name = context.getNodeParameter('operation', 0) as string;
	const chosen = OPERATIONS.find(
		(operation) => operation.resource === resource && operation.operation === name,
	);
	if (chosen === undefined) {
		throw new NodeOperationError(
			context.getNode(),
			`This version of the node has no operation "${name}" for "${resource}"`,
			{ description: 'Choose an operation from the list, or update the package.' },
		);
	}
	return chosen;
}
