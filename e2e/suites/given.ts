import { appendFileSync } from 'node:fs';

import type { Installation } from '../machine/install';
import { endOnSignals } from '../machine/processes';

/** What the command that starts a suite hands to it. */
export interface Given {
	readonly installation: Installation;
	readonly tarball: string;
	/** Writes down how long something took, for the table of results. */
	note(what: string, seconds: number): void;
}

const VARIABLE = 'STORE_SEATS_E2E_GIVEN';

export const giving = (given: Omit<Given, 'note'> & { notesFile: string }): NodeJS.ProcessEnv => ({
	[VARIABLE]: JSON.stringify(given),
});

/** Throws outside a run of the suite: its files are not meant to be started by themselves. */
export function given(): Given {
	const text = process.env[VARIABLE];
	if (text === undefined) throw new Error('Start the suite by npm run e2e');
	endOnSignals();
	const { notesFile, ...rest } = JSON.parse(text) as Omit<Given, 'note'> & { notesFile: string };
	return {
		...rest,
		note: (what, seconds) => appendFileSync(notesFile, `${JSON.stringify({ what, seconds })}\n`),
	};
}
