import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(__dirname, '../../scripts/operationDocs.ts');

it('docs/operations.md is what the code gives', () => {
	const { status, stderr } = spawnSync(
		process.execPath,
		[require.resolve('tsx/cli'), SCRIPT, '--check'],
		{ encoding: 'utf8' },
	);
	expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}, 30_000);
