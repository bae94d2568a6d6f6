import { parseArgs } from 'node:util';

import { type Installation, installN8n } from './machine/install';
import { isN8nVersion, N8N_VERSIONS, type N8nVersion, NEWEST } from './machine/paths';
import { packPackage } from './machine/package';
import { missingBrowser } from './machine/browser';
import { missingServices } from './machine/services';
import { openEditor } from './open';
import {
	failed,
	type InstallTimes,
	isPart,
	keepResults,
	type Part,
	type PartResult,
	PARTS,
	passed,
} from './report/results';
import { runSuite } from './report/runSuite';
import { writeVersionsDocument } from './report/versionsDocument';

const USAGE = `Usage: node e2e/run.mjs [command] [options]

Commands
  suite         server and editor, on every supported n8n (default)
  queue         main, two workers and a webhook process on PostgreSQL and Redis
  screenshots   makes the pictures of docs/images anew
  open          opens n8n with the package, a credential and the example workflows

Options
  --n8n <version>    only this n8n (${N8N_VERSIONS.join(', ')}); may be given several times
  --part <part>      only this part of the suite (server, editor, queue); several times too
  --tarball <file>   the packed package to test, instead of building and packing this one
  --port <port>      where the editor of "open" listens (default 5678)
  --record           writes the results into docs/n8n-versions.md
`;

const say = (line: string): void => console.log(line);

async function main(): Promise<number> {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			n8n: { type: 'string', multiple: true },
			part: { type: 'string', multiple: true },
			tarball: { type: 'string' },
			port: { type: 'string', default: '5678' },
			record: { type: 'boolean', default: false },
			help: { type: 'boolean', default: false },
		},
	});
	const [command = 'suite'] = positionals;
	if (values.help) {
		say(USAGE);
		return 0;
	}
	const asked = values.n8n ?? [];
	if (!asked.every(isN8nVersion)) {
		say(`There is no n8n ${asked.join(', ')} here, only ${N8N_VERSIONS.join(' and ')}.`);
		return 2;
	}
	const versions = asked as N8nVersion[];
	switch (command) {
		case 'suite': {
			const parts = values.part ?? ['server', 'editor'];
			if (!parts.every(isPart)) {
				say(`There is no part ${parts.join(', ')}, only ${PARTS.join(', ')}.`);
				return 2;
			}
			const steps = (versions.length > 0 ? versions : N8N_VERSIONS).flatMap((version) =>
				parts.map((part) => ({ version, part })),
			);
			return await runSteps(steps, values);
		}
		case 'queue':
			return await runSteps([{ version: versions[0] ?? NEWEST, part: 'queue' }], values);
		case 'screenshots':
			return await runSteps([{ version: versions[0] ?? NEWEST, part: 'editor' }], values, {
				STORE_SEATS_E2E_SCREENSHOTS: '1',
			});
		case 'open':
			await openEditor({
				version: versions[0] ?? NEWEST,
				tarball: values.tarball,
				port: Number(values.port),
				say,
			});
			return 0;
		default:
			say(USAGE);
			return 2;
	}
}

interface Step {
	readonly version: N8nVersion;
	readonly part: Part;
}

/** Runs the steps one after the other, keeps their results and tells them; 0 if nothing failed. */
async function runSteps(
	steps: readonly Step[],
	{ tarball, record }: { tarball?: string; record: boolean },
	env: NodeJS.ProcessEnv = {},
): Promise<number> {
	const installSeconds: InstallTimes = {};
	const results: PartResult[] = [];
	const packed = await packPackage(tarball);
	try {
		for (const { version, part } of steps) {
			const installation = await installN8n(version, say);
			if (installation.installSeconds !== undefined) {
				installSeconds[version] = installation.installSeconds;
			}
			results.push(await runPart(part, installation, packed.file, env));
		}
	} finally {
		await packed.remove();
	}
	const kept = await keepResults(results, installSeconds);
	if (record) await writeVersionsDocument(kept);
	return tell(results);
}

async function runPart(
	part: Part,
	installation: Installation,
	tarball: string,
	env: NodeJS.ProcessEnv,
): Promise<PartResult> {
	const { version } = installation;
	const missing =
		part === 'editor'
			? missingBrowser()
			: part === 'queue'
				? await missingServices(say)
				: undefined;
	if (missing === undefined) return await runSuite(part, installation, tarball, env);
	return { version, part, node: '', tests: [], seconds: 0, notes: [], missing };
}

function tell(results: readonly PartResult[]): number {
	const allowed = process.env.E2E_ALLOW_MISSING === '1';
	say('');
	let passes = 0;
	let failures = 0;
	for (const result of results) {
		const title = `n8n ${result.version}, ${result.part}`;
		if (result.missing !== undefined) {
			say(`!!! ${title}: DID NOT RUN. ${result.missing}`);
			if (!allowed) failures++;
			continue;
		}
		passes += passed(result);
		failures += failed(result);
		say(`${title}: ${passed(result)} passed, ${failed(result)} failed, in ${result.seconds} s`);
	}
	say(`${passes} passed, ${failures} failed`);
	return failures === 0 ? 0 : 1;
}

main().then(
	(code) => process.exit(code),
	(error: unknown) => {
		console.error(error instanceof Error ? error.message : error);
		process.exit(1);
	},
);
