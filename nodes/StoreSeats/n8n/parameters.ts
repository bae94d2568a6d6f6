import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fieldReader } from './fieldReference';

/** Reads one parameter for one item. Throws what n8n throws for an expression it cannot evaluate. */
export type ItemParameter = (itemIndex: number) => unknown;

/**
 * A reader of a parameter that every item may evaluate differently. What is no expression is read
 * once; a plain reference to a field is read from the item; the rest is evaluated by n8n.
 */
export function itemParameter(
	context: Pick<IExecuteFunctions, 'getNode' | 'getNodeParameter'>,
	items: readonly INodeExecutionData[],
	name: string,
): ItemParameter {
	const raw: unknown = context.getNodeParameter(name, 0, undefined, { rawExpressions: true });
	const evaluate = (itemIndex: number): unknown =>
		context.getNodeParameter(name, itemIndex, undefined, { extractValue: true });
	if (!hasExpression(raw)) {
		let read: { value: unknown } | undefined;
		return () => (read ??= { value: evaluate(0) }).value;
	}
	// As a tool, the node's items are what the model wrote, while $json is the agent's own item.
	const isTool = context.getNode().type.endsWith('Tool');
	const field = isTool ? undefined : fieldReader(plainValue(raw));
	if (field === undefined) return evaluate;
	return (itemIndex) => {
		const direct = field(items[itemIndex].json);
		return direct === undefined ? evaluate(itemIndex) : direct.value;
	};
}

/** The value of a switch, for which expressions often give text. */
export const isOn = (value: unknown): boolean => value === true || value === 'true';

function hasExpression(raw: unknown): boolean {
	if (typeof raw === 'string') return raw.startsWith('=');
	if (typeof raw !== 'object' || raw === null) return false;
	return Object.values(raw).some(hasExpression);
}

/** The text of a parameter; of a resource locator only where n8n would not extract anything from it. */
function plainValue(raw: unknown): unknown {
	if (typeof raw !== 'object' || raw === null) return raw;
	if (!('__rl' in raw) || !('mode' in raw) || !('value' in raw)) return undefined;
	return raw.mode === 'id' || raw.mode === 'list' ? raw.value : undefined;
}
