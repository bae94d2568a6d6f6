import { after, before, describe } from 'node:test';

import { againSuite } from './again.suite';
import { credentialSuite } from './credential.suite';
import { examplesSuite } from './examples.suite';
import { given } from './given';
import { onErrorSuite } from './onError.suite';
import { packageSuite, quietSuite } from './package.suite';
import { pickersSuite } from './pickers.suite';
import { seatsSuite } from './seats.suite';
import { startWorld, type World } from './world';

const { installation, tarball, note } = given();

describe(`n8n ${installation.version}, server`, () => {
	let started: World | undefined;
	const world = (): World => {
		if (started === undefined) throw new Error('n8n did not start');
		return started;
	};
	before(async () => {
		started = await startWorld(installation, tarball);
		note('start', started.n8n.startSeconds);
	});
	after(async () => await started?.stop());

	describe('the package', () => packageSuite(world));
	describe('the credential', () => credentialSuite(world));
	describe('seats', () => seatsSuite(world));
	describe('On Error', () => onErrorSuite(world));
	describe('runs that happen again', () => againSuite(world));
	describe('the pickers', () => pickersSuite(world));
	describe('the example workflows', () => examplesSuite(world));
	describe('afterwards', () => quietSuite(world));
});
