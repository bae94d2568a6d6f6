import { ExpressionError, NodeApiError, NodeOperationError } from 'n8n-workflow';

export type ErrorOfN8n = NodeApiError | NodeOperationError | ExpressionError;

/** Whether it is n8n's own, which the editor shows best as it is. */
export const isOfN8n = (thrown: unknown): thrown is ErrorOfN8n =>
	thrown instanceof NodeApiError ||
	thrown instanceof NodeOperationError ||
	thrown instanceof ExpressionError;

/** Whether it is n8n's own and tells of which item it is; one that does not would leave a person searching. */
export const namesItsItem = (thrown: unknown): thrown is ErrorOfN8n =>
	isOfN8n(thrown) && typeof thrown.context.itemIndex === 'number';
