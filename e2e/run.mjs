// Installs what the suite itself needs, if its lock file says that something is missing, and hands
// over to cli.ts. Nothing but Node is needed to start this file.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const lock = join(here, 'package-lock.json');
const installed = join(here, 'node_modules', '.package-lock.json');

function isInstalled() {
	if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) return false;
	const wanted = JSON.parse(readFileSync(lock, 'utf8')).packages;
	const found = JSON.parse(readFileSync(installed, 'utf8')).packages;
	return Object.entries(wanted).every(
		([path, { version, optional }]) => path === '' || optional || found[path]?.version === version,
	);
}

if (!isInstalled()) {
	const { status } = spawnSync('npm', ['ci'], { cwd: here, stdio: 'inherit' });
	if (status !== 0) process.exit(status ?? 1);
}

const child = spawn(
	process.execPath,
	['--import', 'tsx', join(here, 'cli.ts'), ...process.argv.slice(2)],
	{ cwd: here, stdio: 'inherit' },
);
// A signal from the terminal reaches the child as well; this process only has to outlive it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => process.exit(code ?? 1));
