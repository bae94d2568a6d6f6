import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { run, timed } from './commands';
import { CACHE, E2E, type N8nVersion } from './paths';

/** An n8n that is ready to start. */
export interface Installation {
	readonly version: N8nVersion;
	readonly folder: string;
	/** The Node that this n8n runs on. */
	readonly node: string;
	/** n8n's command line, a script for that Node. */
	readonly cli: string;
	/** Undefined if it was there already. */
	readonly installSeconds?: number;
}

const MARKER = '.complete';

/**
 * n8n of this version in the cache. Installed if it is missing, if the lock file has changed or if an
 * earlier installation was not finished: the folder gets its name and its marker only at the end.
 */
export async function installN8n(
	version: N8nVersion,
	say: (line: string) => void,
): Promise<Installation> {
	const folder = join(CACHE, `n8n-${version}`);
	const template = join(E2E, 'n8n', version);
	const wanted = await fingerprint(template);
	const marker = join(folder, MARKER);
	if (existsSync(marker) && (await readFile(marker, 'utf8')) === wanted) {
		return describe(version, folder);
	}
	say(`Installing n8n ${version} into ${folder}; this takes some minutes and some 2 GB`);
	const { seconds } = await timed(async () => {
		const partial = `${folder}.partial`;
		await rm(partial, { recursive: true, force: true });
		await rm(folder, { recursive: true, force: true });
		await mkdir(partial, { recursive: true });
		for (const file of ['package.json', 'package-lock.json']) {
			await cp(join(template, file), join(partial, file));
		}
		await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: partial });
		await buildNatives(partial);
		await writeFile(join(partial, MARKER), wanted);
		await rename(partial, folder);
	});
	say(`Installed n8n ${version} in ${seconds} s`);
	return { ...describe(version, folder), installSeconds: seconds };
}

/** What an installation has to match: the locked packages, and what its native parts are built for. */
async function fingerprint(template: string): Promise<string> {
	const lock = await readFile(join(template, 'package-lock.json'));
	const digest = createHash('sha256').update(lock).digest('hex');
	return `${digest} ${process.platform} ${process.arch} ABI ${process.versions.modules}\n`;
}

function describe(version: N8nVersion, folder: string): Installation {
	const own = ownNode(folder);
	return {
		version,
		folder,
		node: existsSync(own) ? own : process.execPath,
		cli: join(folder, 'node_modules', 'n8n', 'bin', 'n8n'),
	};
}

const ownNode = (folder: string): string => join(folder, 'node_modules', 'node', 'bin', 'node');

/**
 * The only two install scripts that are run: that of `node` (puts the binary of this platform in its
 * place), where the version brings its own, and that of `sqlite3`, built for the Node that will load it.
 */
async function buildNatives(folder: string): Promise<void> {
	const rebuild = async (name: string, env?: NodeJS.ProcessEnv) =>
		await run('npm', ['rebuild', name, '--ignore-scripts=false', '--foreground-scripts'], {
			cwd: folder,
			env: env ?? process.env,
		});
	let node = process.execPath;
	if (existsSync(join(folder, 'node_modules', 'node'))) {
		await rebuild('node');
		node = ownNode(folder);
	}
	await rebuild('sqlite3', {
		...process.env,
		PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
		...headersOf(node, folder),
	});
	await run(node, ['-e', "require('sqlite3')"], { cwd: folder });
}

/** Where the headers of that Node are, if they are beside it: then none have to be downloaded. */
function headersOf(node: string, folder: string): NodeJS.ProcessEnv {
	const places = [
		join(
			folder,
			'node_modules',
			'node',
			'node_modules',
			`node-${process.platform}-${process.arch}`,
		),
		join(folder, 'node_modules', `node-${process.platform}-${process.arch}`),
	];
	const candidates = node === process.execPath ? [join(dirname(node), '..')] : places;
	const found = candidates.find((place) => existsSync(join(place, 'include', 'node', 'node.h')));
	return found === undefined ? {} : { npm_config_nodedir: found };
}
