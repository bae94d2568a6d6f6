import type { IExecuteFunctions } from 'n8n-workflow';

/** n8n's On Error setting: `stop`, `regularOutput` (Continue) or `errorOutput`. */
export type OnError = 'stop' | 'regularOutput' | 'errorOutput';

/** `continueOnFail()` is true for both ways of continuing; only the node's setting tells them apart. */
export function onErrorOf(context: Pick<IExecuteFunctions, 'continueOnFail' | 'getNode'>): OnError {
	if (!context.continueOnFail()) return 'stop';
	return context.getNode().onError === 'continueErrorOutput' ? 'errorOutput' : 'regularOutput';
}
