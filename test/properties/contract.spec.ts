import fc from 'fast-check';

import { Engine } from '../../harness/engine';
import { SEED } from '../support/seed';
import { NODE_TYPE } from '../support/store';
import { enginesAxios } from '../support/virtual';
import { virtualNode, type VirtualRuntime } from '../support/virtualNode';
import { checkScenario } from './check';
import { scenario } from './scenario';

/** More runs, and other seeds, by command: `npm run test:properties -- 20000`, `-- 1 --seed 42`. */
const RUNS = Number(process.env.STORE_SEATS_PROPERTY_RUNS ?? 2000);

it(`the contract holds for ${RUNS} random services and inputs (seed ${SEED})`, async () => {
	const engine = await Engine.start();
	const clients = enginesAxios();
	let runtime: VirtualRuntime | undefined;
	engine.replaceNodeType(
		NODE_TYPE,
		virtualNode(() => runtime as VirtualRuntime),
	);
	const totals: Record<string, number> = {};
	await fc.assert(
		fc.asyncProperty(scenario, async (given) => {
			const outcome = await checkScenario(given, engine, clients, (used) => (runtime = used));
			for (const [status, count] of Object.entries(outcome.statuses)) {
				totals[status] = (totals[status] ?? 0) + count;
			}
			if (outcome.stopped) totals.stopped = (totals.stopped ?? 0) + 1;
		}),
		{ numRuns: RUNS, endOnFailure: true },
	);
	process.stdout.write(`${RUNS} runs, seed ${SEED}: ${JSON.stringify(totals)}\n`);
	// A generator that never brings about one of these would prove nothing about it.
	for (const seen of ['succeeded', 'failed', 'unknown', 'stopped'])
		expect(totals[seen]).toBeGreaterThan(0);
}, 3_600_000);
