import { EventEmitter } from 'node:events';
import {
	Refusal,
	type Reply,
	htmlPage,
	invalidParameter,
	shapeBody,
	writeRefusal,
} from './answers';
import { Authority, type ClientSpec, type TokenState } from './authority';
import { type Clock, systemClock } from './clock';
import { type FaultEffect, FaultList, type FaultRule, type RetryAfter } from './faults';
import {
	type Match,
	type Operation,
	type OperationName,
	type OperationRequest,
	Query,
	matchOperation,
} from './operations';
import { type QuirkSettings, type Quirks, withDefaults } from './quirks';
import { type RateLimitOptions, RateLimiter } from './rateLimit';
import { defaultProducts, defaultUsers } from './seed';
import { type ProductSpec, StoreState, type UserSpec } from './store';

/** A request as it went over the wire. */
export interface WireRequest {
	method: string;
	/** Path and query, nothing decoded. */
	target: string;
	/** Names in lower case. */
	headers: Record<string, string>;
	body: string;
}

export interface WireAnswer {
	status: number;
	headers: Record<string, string>;
	body: string | Buffer;
	/** The connection ends without an answer, or half-way through the body. */
	cut?: 'beforeHeaders' | 'midBody';
}

/** One request in the log. Tokens, secrets and the authorization header are never in it. */
export interface WireLogEntry {
	/** Counted from 1. */
	n: number;
	/** Undefined for a path that the emulator does not serve. */
	operation?: OperationName;
	method: string;
	/** Path and query as sent; for anything but an operation of the Store the path alone. */
	target: string;
	productId?: string;
	skuId?: string;
	/** The users of the body, or the one of the path. */
	usernames?: string[];
	/** As sent. */
	seatAction?: string;
	startedMs: number;
	/** Undefined while the request is under way. */
	endedMs?: number;
	status?: number | 'cut' | 'hung' | 'aborted';
	/** Store requests under way when this one started, itself included. */
	inFlight: number;
	/** What the answer asked for, where it named a time that can be understood. */
	retryAfterSeconds?: number;
	/** Names of the headers that the client sent. */
	userAgentHeaderNames?: string[];
	hadAuthorization: boolean;
	/** What the token was worth; for the token endpoint of no meaning. */
	tokenState: TokenState;
	/** The `MS-CV` header, the correlation vector of a call. */
	msCv?: string;
}

export interface EmulatorOptions {
	/** Default: the machine's clock. */
	clock?: Clock;
	/** A number in [0, 1); default `Math.random`. */
	random?: () => number;
	/** Default: those of the sample tenant. */
	users?: ReadonlyArray<string | UserSpec>;
	/** Default: those of the sample tenant. */
	products?: readonly ProductSpec[];
	quirks?: QuirkSettings;
	faults?: readonly FaultRule[];
	rateLimit?: RateLimitOptions;
	/** Milliseconds before each request is worked on; default 0. */
	latencyMs?: number;
	/** Default 3600. */
	tokenLifetimeSeconds?: number;
	/** Default: `defaultClient`. */
	clients?: readonly ClientSpec[];
}

export const defaultClient: ClientSpec = {
	tenantId: '11111111-2222-3333-4444-555555555555',
	clientId: 'emulator-client',
	clientSecret: 'emulator-secret',
};

const connectionLost: WireAnswer = { status: 0, headers: {}, body: '', cut: 'beforeHeaders' };
const json = 'application/json; charset=utf-8';

/** What a request turned out to be. */
interface Arrival {
	request: WireRequest;
	entry: WireLogEntry;
	match: Match;
	/** The tenant as of the arrival: after a reset, late work does not reach the new one. */
	state: StoreState;
	operation?: Operation;
	matched?: OperationRequest;
}

/**
 * A Store for Business without a network: requests in, answers out, time and chance from outside.
 * Under a virtual clock it sets no timer of its own.
 *
 * Emits `asked` when a request has come in and `answered` when it is over (also when the client left
 * it), each with the request's log entry.
 */
export class StoreEmulator extends EventEmitter {
	readonly clock: Clock;
	state!: StoreState;
	faults!: FaultList;
	/** Milliseconds before each request is worked on. */
	latencyMs!: number;
	log: WireLogEntry[] = [];
	/** Most Store requests under way at once since the start, the last reset or `clearLog`. */
	maxInFlight = 0;
	private readonly random: () => number;
	private authority!: Authority;
	private currentQuirks!: Quirks;
	private limiter?: RateLimiter;
	private inFlight = 0;
	private requestCount = 0;
	private readonly closing = new AbortController();

	constructor(private readonly options: EmulatorOptions = {}) {
		super();
		this.clock = options.clock ?? systemClock;
		this.random = options.random ?? Math.random;
		this.reset();
	}

	/**
	 * Everything as it was at the start: seats, quirks, faults, limits and the log; tokens issued so
	 * far become unknown. Requests under way end on the state they began with.
	 */
	reset(): void {
		const { options } = this;
		this.state = new StoreState(
			options.users ?? defaultUsers(),
			options.products ?? defaultProducts,
		);
		this.faults = new FaultList(options.faults);
		this.latencyMs = options.latencyMs ?? 0;
		this.quirks = options.quirks ?? {};
		this.rateLimit = options.rateLimit;
		this.authority = new Authority(
			options.clients ?? [defaultClient],
			options.tokenLifetimeSeconds ?? 3600,
			this.clock,
			this.random,
		);
		this.clearLog();
	}

	/** The quirks in force. Change single ones in place, or assign a set: the rest gets its default. */
	get quirks(): Quirks {
		return this.currentQuirks;
	}

	set quirks(settings: QuirkSettings) {
		this.currentQuirks = withDefaults(settings);
	}

	/** The rate limit of the Store's operations; undefined for none. Setting it fills the bucket. */
	get rateLimit(): RateLimitOptions | undefined {
		return this.limiter?.options;
	}

	set rateLimit(options: RateLimitOptions | undefined) {
		this.limiter = options && new RateLimiter(options, this.clock.nowMs());
	}

	/** Access tokens: how many were issued, one more without a request, the end of all of them. */
	get tokens(): { readonly issued: number; issue(): string; expireAll(): void } {
		return this.authority;
	}

	get clients(): readonly ClientSpec[] {
		return this.options.clients ?? [defaultClient];
	}

	/** The log, or the part of it about one operation. */
	requests(operation?: OperationName): WireLogEntry[] {
		if (!operation) return [...this.log];
		return this.log.filter((entry) => entry.operation === operation);
	}

	clearLog(): void {
		this.log = [];
		this.requestCount = 0;
		this.maxInFlight = this.inFlight;
	}

	/** Lets go of every request that hangs or waits; they end as if their client had left. */
	close(): void {
		this.closing.abort();
	}

	/**
	 * Answers a request. Once the signal is aborted the client counts as gone: the promise resolves
	 * soon with an answer that nobody reads, and work that had not begun is not done.
	 */
	async handle(request: WireRequest, signal?: AbortSignal): Promise<WireAnswer> {
		const arrival = this.register(request);
		const { entry, operation } = arrival;
		const isStore = operation?.store ?? true;
		if (isStore) entry.inFlight = ++this.inFlight;
		this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
		this.emit('asked', entry);
		try {
			const answer = await this.answer(arrival, signal);
			if (entry.status === undefined) {
				const isLost = signal?.aborted || this.closing.signal.aborted;
				entry.status = isLost ? 'aborted' : answer.cut ? 'cut' : answer.status;
			}
			return answer;
		} finally {
			if (isStore) this.inFlight--;
			entry.endedMs = this.clock.nowMs();
			this.emit('answered', entry);
		}
	}

	private register(request: WireRequest): Arrival {
		const [path, queryText = ''] = splitOnce(request.target, '?');
		const match = matchOperation(request.method, path);
		const { state } = this;
		const authorization = request.headers.authorization;
		const entry: WireLogEntry = {
			n: ++this.requestCount,
			method: request.method,
			target: path,
			startedMs: this.clock.nowMs(),
			inFlight: this.inFlight,
			userAgentHeaderNames: Object.keys(request.headers),
			hadAuthorization: authorization !== undefined,
			tokenState: this.authority.check(authorization),
			msCv: request.headers['ms-cv'],
		};
		this.log.push(entry);
		if (match.kind !== 'operation') return { request, entry, match, state };

		const { operation, params } = match;
		const { headers, body } = request;
		const matched: OperationRequest = { params, query: new Query(queryText), headers, body };
		entry.operation = operation.name;
		if (operation.store) entry.target = request.target;
		entry.productId = params.productId;
		entry.skuId = params.skuId;
		if (params.username !== undefined) entry.usernames = [params.username];
		if (operation.name === 'bulkSeats') {
			matched.json = parseJson(body);
			const bulk = matched.json as { usernames?: unknown; seatAction?: unknown } | undefined;
			if (isTextList(bulk?.usernames)) entry.usernames = bulk.usernames;
			if (typeof bulk?.seatAction === 'string') entry.seatAction = bulk.seatAction;
		}
		return { request, entry, match, state, operation, matched };
	}

	private async answer(arrival: Arrival, signal?: AbortSignal): Promise<WireAnswer> {
		const { operation, entry } = arrival;
		// Decided on arrival: with latency, order and counts are those of the requests, not of timers.
		const refusedByLimit = operation?.store ? this.limitAnswer(entry) : undefined;
		const effect = refusedByLimit ? undefined : this.takeFault(arrival);
		if (this.latencyMs > 0 && !(await this.wait(this.latencyMs, signal))) return connectionLost;
		if (refusedByLimit) return refusedByLimit;
		return effect ? await this.misbehave(effect, arrival, signal) : this.work(arrival);
	}

	private limitAnswer(entry: WireLogEntry): WireAnswer | undefined {
		const waitMs = this.limiter?.take(entry.startedMs) ?? 0;
		if (!this.limiter || waitMs === 0) return undefined;
		const { status = 429, retryAfterSeconds } = this.limiter.options;
		const neededSeconds = Math.ceil(waitMs / 1000);
		const retryAfter: RetryAfter | undefined =
			retryAfterSeconds === null
				? undefined
				: retryAfterSeconds === 'date'
					? { date: true, seconds: waitMs / 1000 }
					: (retryAfterSeconds ?? neededSeconds);
		const refusal = new Refusal(status, 'TooManyRequests', 'Too many requests.');
		const answer = this.write(writeRefusal(refusal, this.quirks.errorShape));
		this.askToWait(answer, entry, retryAfter);
		return answer;
	}

	private askToWait(answer: WireAnswer, entry: WireLogEntry, retryAfter?: RetryAfter): void {
		if (retryAfter === undefined) return;
		if (typeof retryAfter === 'string') {
			answer.headers['retry-after'] = retryAfter;
			if (/^\d+$/.test(retryAfter)) entry.retryAfterSeconds = Number(retryAfter);
		} else if (typeof retryAfter === 'number') {
			answer.headers['retry-after'] = String(retryAfter);
			entry.retryAfterSeconds = retryAfter;
		} else {
			// An HTTP date has no fraction; rounded down, it would ask for less than was meant.
			const atSeconds = Math.ceil(this.clock.nowMs() / 1000 + retryAfter.seconds);
			answer.headers['retry-after'] = new Date(atSeconds * 1000).toUTCString();
			entry.retryAfterSeconds = atSeconds - this.clock.nowMs() / 1000;
		}
	}

	private takeFault({ operation, entry }: Arrival): FaultEffect | undefined {
		if (!operation) return undefined;
		const subject = {
			operation: operation.name,
			isStore: operation.store,
			usernames: entry.usernames ?? [],
			productId: entry.productId,
			skuId: entry.skuId,
		};
		return this.faults.take(subject, this.random);
	}

	/** The regular course of a request. */
	private work({ match, operation, matched, entry, request, state }: Arrival): WireAnswer {
		try {
			if (operation?.store ?? true) {
				entry.tokenState = this.authority.check(request.headers.authorization);
				if (entry.tokenState !== 'valid') throw unauthorized(entry.tokenState);
			}
			if (!operation || !matched) throw noOperation(match);
			const reply = operation.handler(matched, {
				state,
				quirks: this.quirks,
				authority: this.authority,
				random: this.random,
				nowMs: this.clock.nowMs(),
			});
			return this.write(reply, operation.store);
		} catch (refusal) {
			if (!(refusal instanceof Refusal)) throw refusal;
			return this.write(writeRefusal(refusal, this.quirks.errorShape));
		}
	}

	private write({ status, body, headers }: Reply, shaped = false): WireAnswer {
		if (typeof body === 'string') return { status, headers: { ...headers }, body };
		const written = JSON.stringify(shaped ? shapeBody(body, this.quirks) : body);
		return { status, headers: { 'content-type': json, ...headers }, body: written };
	}

	private async misbehave(
		effect: FaultEffect,
		arrival: Arrival,
		signal?: AbortSignal,
	): Promise<WireAnswer> {
		const { entry } = arrival;
		switch (effect.kind) {
			case 'status': {
				if (effect.work === 'done') this.work(arrival);
				const answer = this.faultAnswer(effect.status, effect.body, effect.contentType);
				Object.assign(answer.headers, effect.headers);
				this.askToWait(answer, entry, effect.retryAfter);
				return answer;
			}
			case 'delay': {
				if (effect.of === 'request') {
					if (!(await this.wait(effect.ms, signal))) return connectionLost;
					return this.work(arrival);
				}
				const answer = this.work(arrival);
				await this.wait(effect.ms, signal);
				return answer;
			}
			case 'hang': {
				entry.status = 'hung';
				if (effect.work === 'done') this.work(arrival);
				else if (effect.work !== 'none') void this.workLater(effect.work.afterMs, arrival);
				await this.untilGone(signal);
				return connectionLost;
			}
			case 'cut': {
				if (effect.at === 'beforeWork') return connectionLost;
				const answer = this.work(arrival);
				return effect.at === 'afterWork' ? connectionLost : { ...answer, cut: 'midBody' };
			}
			case 'truncate': {
				const answer = this.work(arrival);
				const text = String(answer.body);
				return { ...answer, status: 200, body: text.slice(0, Math.ceil(text.length / 2)) };
			}
			case 'html': {
				this.work(arrival);
				const { status = 502 } = effect;
				return this.faultAnswer(status, htmlPage(status, 'Gateway'), 'text/html; charset=utf-8');
			}
			case 'replace':
				if (effect.work === 'done') this.work(arrival);
				return this.faultAnswer(effect.status ?? 200, effect.body, effect.contentType);
			case 'redirect':
				return { status: effect.status ?? 302, headers: { location: effect.location }, body: '' };
			case 'expireTokens':
				this.authority.expireAll();
				return this.work(arrival);
			case 'huge': {
				const answer = this.work(arrival);
				const missing = Math.ceil(effect.megabytes * 1024 * 1024) - answer.body.length;
				return withProperty(answer, 'padding', `"${'x'.repeat(Math.max(0, missing))}"`);
			}
			case 'deep': {
				const answer = this.work(arrival);
				const { levels } = effect;
				return withProperty(answer, 'nested', '{"a":'.repeat(levels) + '{}' + '}'.repeat(levels));
			}
		}
	}

	private faultAnswer(status: number, body: unknown, contentType?: string): WireAnswer {
		if (body === undefined) {
			const refusal = new Refusal(status, `Status${status}`, `The emulator answers ${status}.`);
			return this.write(writeRefusal(refusal, this.quirks.errorShape));
		}
		const isText = typeof body === 'string';
		const type = contentType ?? (isText ? 'text/plain; charset=utf-8' : json);
		const written = isText ? body : JSON.stringify(body);
		return { status, headers: { 'content-type': type }, body: written };
	}

	private async workLater(afterMs: number, arrival: Arrival): Promise<void> {
		if (await this.wait(afterMs)) this.work(arrival);
	}

	/** Waits by the clock; false if the client left or the emulator was closed meanwhile. */
	private async wait(ms: number, signal?: AbortSignal): Promise<boolean> {
		const closing = this.closing.signal;
		const either = signal ? AbortSignal.any([signal, closing]) : closing;
		if (either.aborted) return false;
		try {
			await this.clock.sleep(ms, either);
		} catch (error) {
			if (!either.aborted) throw error;
		}
		return !either.aborted;
	}

	private async untilGone(signal?: AbortSignal): Promise<void> {
		const closing = this.closing.signal;
		const either = signal ? AbortSignal.any([signal, closing]) : closing;
		if (either.aborted) return;
		await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }));
	}
}

function noOperation(match: Match): Refusal {
	if (match.kind === 'badEncoding') return invalidParameter('path', 'The path is not encoded.');
	if (match.kind === 'wrongMethod') {
		const headers = { allow: match.allow };
		return new Refusal(405, 'MethodNotAllowed', 'The method is not allowed.', {}, headers);
	}
	return new Refusal(404, 'NotFound', 'No such resource.');
}

function unauthorized(tokenState: TokenState): Refusal {
	const message = `The access token is ${tokenState}.`;
	const headers = {
		'www-authenticate': `Bearer error="invalid_token", error_description="${message}"`,
	};
	return new Refusal(401, 'Unauthorized', message, {}, headers);
}

/** The answer with one more property in its JSON object, added as text: it may be any size. */
function withProperty(answer: WireAnswer, name: string, value: string): WireAnswer {
	const text = String(answer.body);
	const separator = text.startsWith('{}') ? '' : ',';
	return {
		...answer,
		body: `${text.slice(0, text.lastIndexOf('}'))}${separator}"${name}":${value}}`,
	};
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function isTextList(value: unknown): value is string[] {
	return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function splitOnce(text: string, separator: string): [string, string?] {
	const at = text.indexOf(separator);
	return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
