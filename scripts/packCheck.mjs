// Looks at what `npm pack` would publish, as its users and n8n's reviewers get it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const refused = [];
const check = (holds, what) => {
	console.log(`  ${holds ? '✔' : '✘'} ${what}`);
	if (!holds) refused.push(what);
};

if (!existsSync(join(root, 'dist'))) {
	console.log('dist/ is missing. Run `npm run build` first.');
	process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'store-seats-pack-'));
try {
	const packed = execFileSync(
		'npm',
		['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
		{
			cwd: root,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		},
	);
	// npm 11 gives a list of packages, npm 12 an object by name.
	const [tarball] = Object.values(JSON.parse(packed));
	const paths = tarball.files.map(({ path }) => path).sort();
	console.log(
		`${tarball.filename}: ${paths.length} files, ${(tarball.unpackedSize / 1024).toFixed(0)} kB`,
	);
	for (const path of paths) console.log(`    ${path}`);

	const allowed = /^(dist\/.+|README\.md|LICENSE|package\.json)$/;
	const others = paths.filter((path) => !allowed.test(path));
	check(
		others.length === 0,
		`nothing but dist/, README.md, LICENSE and package.json ${others.join(' ')}`,
	);
	check(
		['README.md', 'LICENSE'].every((path) => paths.includes(path)),
		'README.md and LICENSE are in it',
	);
	const sources = paths.filter((path) => /\.(ts|map|spec\.js)$/.test(path));
	check(sources.length === 0, `no sources, maps or tests ${sources.join(' ')}`);

	execFileSync('tar', ['-xzf', join(folder, tarball.filename), '-C', folder]);
	const unpacked = join(folder, 'package');
	symlinkSync(join(root, 'node_modules'), join(unpacked, 'node_modules'));
	const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));
	check(Object.keys(manifest.dependencies ?? {}).length === 0, 'no runtime dependencies');

	const required = new Set();
	for (const path of paths.filter((name) => name.endsWith('.js'))) {
		const code = readFileSync(join(unpacked, path), 'utf8');
		for (const [, name] of code.matchAll(/\brequire\("([^"]+)"\)/g)) {
			if (!name.startsWith('.')) required.add(name);
		}
	}
	check(
		[...required].join() === 'n8n-workflow',
		`nothing is required but n8n-workflow: ${[...required].join(', ')}`,
	);

	require('reflect-metadata');
	const { PackageDirectoryLoader } = require('n8n-core');
	const loader = new PackageDirectoryLoader(unpacked);
	await loader.loadAll();
	for (const name of ['storeSeats'])
		check(name in loader.nodeTypes, `n8n's loader finds the node ${name}`);
	check('storeForBusinessOAuth2Api' in loader.credentialTypes, "n8n's loader finds the credential");
	const { description } = loader.nodeTypes.storeSeats.type;
	check(/\.svg$/.test(description.iconUrl?.light ?? ''), 'the node has its icons');
	check(description.codex !== undefined, 'the node has its codex file');

	rmSync(join(unpacked, 'node_modules'));
	const source = await analyzePackage(root, SOURCE_FILE_PATTERNS);
	check(source.passed, `n8n's package scanner passes the sources ${source.details ?? ''}`);
	const dist = await analyzePackage(unpacked, ['**/*.js', 'package.json']);
	check(dist.passed, `n8n's package scanner passes the published files ${dist.details ?? ''}`);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
console.log(
	refused.length === 0 ? 'The package can be published.' : `${refused.length} checks do not hold.`,
);
process.exit(refused.length === 0 ? 0 : 1);
