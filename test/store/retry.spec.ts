import {
	decideRetry,
	LONGEST_RETRY_AFTER_MS,
	LONGEST_WAIT_MS,
	readRetryAfterMs,
	statusMeaning,
	type Failure,
} from '../../nodes/StoreSeats/store/retry';

const failure = (changed: Partial<Failure> = {}): Failure => ({
	kind: 'refused',
	passing: true,
	effect: 'none',
	throttled: false,
	words: 'x',
	...changed,
});

describe('statusMeaning', () => {
	it.each([429, 408, 500, 502, 503, 504])('%i can succeed when repeated', (status) => {
		expect(statusMeaning(status).passing).toBe(true);
	});

	it.each([400, 401, 403, 404, 409, 410, 418, 422, 501, 505])('%i cannot', (status) => {
		expect(statusMeaning(status).passing).toBe(false);
	});

	it.each([
		[429, 'none'],
		[503, 'unlikely'],
		[408, 'unlikely'],
		[404, 'none'],
		[500, 'possible'],
		[502, 'underWay'],
		[504, 'underWay'],
		[501, 'possible'],
	])('after %i an effect is %s', (status, effect) => {
		expect(statusMeaning(status).effect).toBe(effect);
	});
});

describe('decideRetry', () => {
	it('doubles its pauses, half of each by chance, up to half a minute', () => {
		const pauses = (random: number) =>
			Array.from({ length: 9 }, (_, attempt) => {
				const decision = decideRetry(failure(), attempt + 1, 99, 0, () => random);
				return decision.kind === 'again' ? decision.pauseMs : undefined;
			});
		expect(pauses(0)).toEqual([250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
		expect(pauses(0.999999)[0]).toBeCloseTo(500, 2);
	});

	it('never pauses for less than the service asks', () => {
		expect(decideRetry(failure({ retryAfterMs: 9000 }), 1, 5, 0, () => 0)).toEqual({
			kind: 'again',
			pauseMs: 9000,
		});
	});

	it('leaves pauses of the whole run to the pace', () => {
		expect(decideRetry(failure({ throttled: true, retryAfterMs: 9000 }), 1, 5, 0, () => 0)).toEqual(
			{
				kind: 'again',
				pauseMs: 0,
			},
		);
	});

	it.each([
		['what cannot succeed', failure({ passing: false }), 1, 0, 'cannotSucceed'],
		['after the last attempt', failure(), 5, 0, 'attempts'],
		['when too long has been waited', failure(), 2, LONGEST_WAIT_MS, 'waiting'],
		['a pause too long', failure({ retryAfterMs: LONGEST_RETRY_AFTER_MS + 1 }), 1, 0, 'pause'],
	] as const)('gives up on %s', (_what, given, attempt, waitedMs, because) => {
		expect(decideRetry(given, attempt, 5, waitedMs, () => 0)).toEqual({ kind: 'final', because });
	});
});

describe('readRetryAfterMs', () => {
	const nowMs = Date.UTC(2026, 10, 22, 8, 0, 0);
	const http = (ms: number) => new Date(ms).toUTCString();

	it.each([
		['seconds', '7', undefined, 7000],
		['zero', '0', undefined, 0],
		['a number', 3, undefined, 3000],
		['a date', http(nowMs + 5000), undefined, 5000],
		['a date in the past', http(nowMs - 5000), undefined, 0],
		["a date by the service's own clock", http(nowMs + 3605_000), http(nowMs + 3600_000), 5000],
		['words', 'soon', undefined, undefined],
		['a negative number', '-5', undefined, undefined],
		['nothing', undefined, undefined, undefined],
		['a list', ['5'], undefined, undefined],
		['empty text', '', undefined, undefined],
	])('reads %s', (_what, value, date, ms) => {
		expect(readRetryAfterMs(value, date, nowMs)).toBe(ms);
	});
});
