import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { type RunningEmulator, startEmulator } from '../../emulator/server';
import { until } from '../machine/poll';
import { itemsOf, N8nApi } from '../server/api';
import { type Cluster, type ClusterProcess, QUEUE_TIMES, startCluster } from '../server/cluster';
import { people, storeSeats } from '../server/workflows';
import { given } from './given';
import { goLive } from './posting';
import { newCredential, PRODUCT, SKU } from './world';

const { installation, tarball, note } = given();

const EXECUTIONS = 8;
const SEATS_EACH = 500;
/** Longer than three answers take, so that a token just fetched is always good for a request. */
const TOKEN_SECONDS = 4;

describe(`n8n ${installation.version}, queue mode`, () => {
	let store: RunningEmulator;
	let cluster: Cluster;
	let api: N8nApi;

	before(async () => {
		const startedMs = Date.now();
		store = await startEmulator({ tokenLifetimeSeconds: TOKEN_SECONDS });
		cluster = await startCluster(installation, tarball, 2);
		api = new N8nApi(cluster.main.url, installation.version !== '2.0.3');
		await api.setUpOwner();
		note('start', (Date.now() - startedMs) / 1000);
	});
	after(async () => {
		await cluster?.stop();
		await store?.close();
	});
	beforeEach(() => store.emulator.reset());

	const live = async () => {
		const credentials = await newCredential({ api, storeUrl: store.url });
		const node = storeSeats({}, { credentials });
		const { url } = cluster.webhooks;
		return await goLive({ api, n8n: { url } }, [node]);
	};
	const holders = () => store.emulator.state.holders(PRODUCT, SKU);

	describe('several executions at once over one credential whose token expires under way', () => {
		it('give every seat exactly once, with at most one token an execution and lifetime', async (t) => {
			store.emulator.latencyMs = 800;
			const before = holders().length;
			const posting = await live();
			const startedMs = Date.now();
			const classes = Array.from({ length: EXECUTIONS }, (_, index) =>
				people(SEATS_EACH, 101 + index * SEATS_EACH),
			);
			const answers = await Promise.all(
				classes.map(async (people) => await posting.send({ people })),
			);
			const seconds = (Date.now() - startedMs) / 1000;
			for (const [index, { status, body }] of answers.entries()) {
				assert.equal(status, 200);
				assert.deepEqual(
					(body as Array<Record<string, unknown>>).map(({ username, status }) => [
						username,
						status,
					]),
					classes[index].map(({ email }) => [email, 'succeeded']),
				);
			}
			assert.equal(holders().length - before, EXECUTIONS * SEATS_EACH);
			const done = store.emulator.requests('bulkSeats').filter(({ status }) => status === 200);
			const asked = done.flatMap(({ usernames }) => usernames ?? []);
			assert.equal(asked.length, EXECUTIONS * SEATS_EACH, 'asked for once each');
			assert.equal(new Set(asked).size, EXECUTIONS * SEATS_EACH);

			const { issued } = store.emulator.tokens;
			const expired = store.emulator.requests('bulkSeats').filter(({ status }) => status === 401);
			const bound = EXECUTIONS * (Math.ceil(seconds / TOKEN_SECONDS) + 1);
			t.diagnostic(
				`${done.length} requests in ${seconds.toFixed(1)} s, ${issued} tokens (bound ${bound}), ${expired.length} requests met an expired token`,
			);
			assert.ok(expired.length > 0, 'the token expired under way');
			assert.ok(issued <= bound, `${issued} tokens are no more than ${bound}`);
		});

		it('are spread over both workers', async (t) => {
			const counts = await Promise.all(cluster.workers.map(async (worker) => await taken(worker)));
			t.diagnostic(
				`executions taken by each worker: ${counts.map((ids) => ids.length).join(', ')}`,
			);
			for (const ids of counts) assert.ok(ids.length > 0);
		});

		it('share their token with the next execution', async () => {
			const posting = await live();
			await posting.send({ people: people(2) });
			await posting.send({ people: people(2, 11) });
			assert.equal(store.emulator.tokens.issued, 1);
		});
	});

	describe('a worker killed in the middle of a run', () => {
		it('leaves seats as they were changed, and running the workflow again ends right', async (t) => {
			const posting = await live();
			store.emulator.latencyMs = 500;
			const who = people(SEATS_EACH, 4201);
			const answer = posting.send({ people: who }).then(
				({ status, body }) => `${status} ${JSON.stringify(body)?.slice(0, 200)}`,
				(error: unknown) => String(error),
			);
			const id = await until('the execution', async () => {
				const [first] = await api.executions(posting.workflow.id);
				return first?.id;
			});
			await until('some seats', () => done() >= 2);
			const worker = await holding(id);
			await worker.background.kill();
			const killedMs = Date.now();
			await until('the requests under way to end', () => inFlight() === 0);
			const changed = who.filter(({ email }) => holders().includes(email)).length;
			assert.ok(changed > 0 && changed < SEATS_EACH, `${changed} seats changed by then`);

			const first = await api.execution(id, 120_000);
			t.diagnostic(
				`killed after ${changed} of ${SEATS_EACH} seats; execution ${first.id} ended as "${first.status}" ${((Date.now() - killedMs) / 1000).toFixed(0)} s later (lock ${QUEUE_TIMES.QUEUE_WORKER_LOCK_DURATION} ms, looked for every ${QUEUE_TIMES.QUEUE_WORKER_STALLED_INTERVAL} ms): ${String(first.error?.message)}`,
			);
			const others = cluster.workers.filter(({ background }) => background.alive);
			const takenAgain = await Promise.all(
				others.map(async (other) => (await taken(other)).includes(id)),
			);
			const heldThen = who.filter(({ email }) => holders().includes(email)).length;
			t.diagnostic(
				`taken up by the other worker: ${takenAgain.includes(true)}; seats held when it had ended: ${heldThen}; the webhook was answered: ${await Promise.race([answer, Promise.resolve('not yet')])}`,
			);

			store.emulator.latencyMs = 0;
			const { status, body } = await posting.send({ people: who });
			assert.equal(status, 200);
			const seats = body as Array<Record<string, unknown>>;
			assert.deepEqual(
				seats.map(({ username, status }) => [username, status]),
				who.map(({ email }) => [email, 'succeeded']),
			);
			assert.equal(seats.filter(({ unchanged }) => unchanged === true).length, heldThen);
			const held = holders().filter((upn) => who.some(({ email }) => email === upn));
			assert.equal(held.length, SEATS_EACH);
			assert.equal(new Set(held).size, SEATS_EACH, 'nobody holds two');
			const execution = await api.lastExecution(posting.workflow.id);
			assert.equal(itemsOf(execution, 'Store Seats').length, SEATS_EACH);
		});

		const done = () =>
			store.emulator.requests('bulkSeats').filter(({ status }) => status === 200).length;
		const inFlight = () => store.emulator.log.filter(({ status }) => status === undefined).length;
		const holding = async (id: string): Promise<ClusterProcess> =>
			await until(`the worker of execution ${id}`, async () => {
				for (const worker of cluster.workers) if ((await taken(worker)).includes(id)) return worker;
				return undefined;
			});
	});

	it('left n8n with nothing to reach beyond this machine', async () => {
		assert.deepEqual(await cluster.outbound(), []);
	});
});

/** The executions that a worker says it has taken. */
async function taken(worker: ClusterProcess): Promise<string[]> {
	const log = await worker.log();
	return [...log.matchAll(/started execution (\d+)/gi)].map(([, id]) => id);
}
