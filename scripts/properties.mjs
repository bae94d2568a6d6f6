// A longer run of the property tests: `npm run test:properties -- 20000 --seed 42`; without a seed,
// one that has probably never been tried.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { seed: { type: 'string' } },
});
const [runs = '20000'] = positionals;
if (!/^\d+$/.test(runs) || (values.seed !== undefined && !/^-?\d+$/.test(values.seed))) {
	console.log(
		'Give the number of runs, and a number as --seed: npm run test:properties -- 20000 --seed 42',
	);
	process.exit(1);
}
const env = {
	...process.env,
	STORE_SEATS_PROPERTY_RUNS: runs,
	STORE_SEATS_PROPERTY_SEED: values.seed ?? String(Date.now() % 2 ** 31),
};
const run = (command, args) => spawnSync(command, args, { stdio: 'inherit', env }).status ?? 1;
process.exit(run('npm', ['run', '--silent', 'build']) || run('npx', ['jest', 'test/properties']));
