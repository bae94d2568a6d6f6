import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { EXAMPLE_WORKFLOWS } from '../machine/paths';
import type { WorkflowDraft } from './api';

/**
 * An example workflow as it is in the repository. Only the address of the list of leavers, which stands
 * for the reader's own system, may be put in.
 */
export async function exampleDraft(name: string, leaversUrl?: string): Promise<WorkflowDraft> {
	const draft = JSON.parse(
		await readFile(join(EXAMPLE_WORKFLOWS, `${name}.json`), 'utf8'),
	) as WorkflowDraft;
	for (const { parameters } of draft.nodes) {
		if (leaversUrl !== undefined && parameters.url === 'https://hr.example.com/leavers.csv') {
			parameters.url = leaversUrl;
		}
	}
	return draft;
}
