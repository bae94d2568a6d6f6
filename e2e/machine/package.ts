import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { run } from './commands';
import { ROOT } from './paths';

export const PACKAGE = 'n8n-nodes-store-seats';

/** A packed package: the file that `npm publish` would send. */
export interface Tarball {
	readonly file: string;
	remove(): Promise<void>;
}

/** Builds the package from its sources and packs it; a tarball that is given is taken as it is. */
export async function packPackage(given?: string): Promise<Tarball> {
	if (given !== undefined) return { file: resolve(given), remove: async () => {} };
	await run('npm', ['run', 'build'], { cwd: ROOT });
	const folder = await mkdtemp(join(tmpdir(), 'store-seats-pack-'));
	const remove = async () => await rm(folder, { recursive: true, force: true });
	try {
		const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
		const packed = await run('npm', args, { cwd: ROOT });
		const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('['))) as [{ filename: string }];
		return { file: join(folder, filename), remove };
	} catch (error) {
		await remove();
		throw error;
	}
}

/**
 * Installs the package as n8n itself installs a community package: unpacked into the `nodes` folder of
 * its user folder, without development and peer dependencies, its dependencies (there are none)
 * installed by npm without scripts, and written down in the folder's package.json. n8n loads what it
 * finds there at its start, under the package's name.
 */
export async function installCommunityPackage(userFolder: string, tarball: string): Promise<void> {
	const nodes = join(userFolder, '.n8n', 'nodes');
	const folder = join(nodes, 'node_modules', PACKAGE);
	await mkdir(folder, { recursive: true });
	await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'], { cwd: nodes });
	const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
	const installed: Manifest = { ...manifest };
	for (const kind of ['devDependencies', 'peerDependencies', 'optionalDependencies'] as const) {
		delete installed[kind];
	}
	await writeFile(join(folder, 'package.json'), JSON.stringify(installed, null, 2));
	await run('npm', ['install', ...NPM_FLAGS], { cwd: folder });
	const ledger = {
		name: 'installed-nodes',
		private: true,
		dependencies: { [PACKAGE]: manifest.version },
	};
	await writeFile(join(nodes, 'package.json'), JSON.stringify(ledger, null, 2));
}

interface Manifest {
	readonly version: string;
	devDependencies?: unknown;
	peerDependencies?: unknown;
	optionalDependencies?: unknown;
}

const NPM_FLAGS = [
	'--audit=false',
	'--fund=false',
	'--bin-links=false',
	'--install-strategy=shallow',
	'--ignore-scripts=true',
	'--package-lock=false',
];
