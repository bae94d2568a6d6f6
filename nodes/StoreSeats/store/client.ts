import type {
	IAllExecuteFunctions,
	IDataObject,
	IHttpRequestMethods,
	IHttpRequestOptions,
} from 'n8n-workflow';

import { missingByWords, readRefusalBody } from './answers';
import type { Clock } from './clock';
import { text } from './reading';
import { readRetryAfterMs, statusMeaning, type Failure } from './retry';
import type { Redactor } from './secrets';

export const CREDENTIAL_TYPE = 'storeForBusinessOAuth2Api';

/** One request to the Store. Path segments are encoded one by one: none can lead out of its place. */
export interface StoreRequest {
	readonly method: IHttpRequestMethods;
	readonly path: readonly string[];
	/** Undefined values are left out; a list is sent as the same parameter several times. */
	readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
	readonly body?: IDataObject;
}

export type StoreReply =
	| { readonly kind: 'answer'; readonly body: unknown }
	| { readonly kind: 'failure'; readonly failure: Failure };

export type RequestContext = Pick<IAllExecuteFunctions, 'helpers'>;

export interface ClientOptions {
	readonly baseUrl: string;
	readonly timeoutMs: number;
	readonly clock: Clock;
	readonly random: () => number;
	readonly redactor: Redactor;
	/** Tells the redactor what the credential holds now, and whether there is a token among it. */
	readonly learnSecrets: () => Promise<boolean>;
	readonly signal?: AbortSignal;
}

/**
 * The only place that sends anything to the Store. One call is one request. Never throws for what the
 * network or the service does: that is a `failure`, with the service's own words and without a token
 * in them.
 *
 * Statuses are read from the response and not from what n8n would throw for them, because n8n 2.0
 * loses the headers on that way, and with them Retry-After. The price is that n8n does not see a 401
 * and renews no token; `renewToken` lets it see one.
 */
export class StoreClient {
	/** Requests handed to n8n so far. */
	requestCount = 0;
	/** Since the last token was fetched, as far as this run can tell. */
	private secretsKnown?: Promise<boolean>;
	/** What to cut off when the execution is stopped. */
	private readonly underWay = new Set<AbortController>();
	private readonly stop = () => {
		for (const cutOff of this.underWay) cutOff.abort();
	};

	constructor(
		private readonly context: RequestContext,
		private readonly options: ClientOptions,
	) {}

	async send(request: StoreRequest): Promise<StoreReply> {
		const sent = await this.request(request, { ignoreHttpStatusErrors: true });
		if ('thrown' in sent) {
			return { kind: 'failure', failure: await this.cleanThrown(sent.thrown) };
		}
		// n8n has fetched a token if there was none, and an answer may hold it.
		await (this.secretsKnown ??= this.options.learnSecrets());
		const { statusCode, body, headers } = isObject(sent.response) ? sent.response : {};
		if (typeof statusCode !== 'number' || (statusCode >= 200 && statusCode < 300)) {
			return { kind: 'answer', body };
		}
		return {
			kind: 'failure',
			failure: await this.clean(this.readStatus(statusCode, body, headers)),
		};
	}

	/**
	 * Has n8n fetch a new token: it does so when it throws for a 401 itself, so a small read is sent for
	 * it to see. Of what came of that read only this is of interest: whether the sign-in was refused, and
	 * whether the Store asks to wait.
	 */
	async renewToken(): Promise<Failure | undefined> {
		const read = { method: 'GET', path: ['V1', 'Inventory'], query: { maxResults: 1 } } as const;
		const sent = await this.request(read, { ignoreHttpStatusErrors: false });
		// Only now: an answer that came meanwhile has learnt the old token.
		this.secretsKnown = undefined;
		if ('response' in sent) return undefined;
		const failure = this.readThrown(sent.thrown);
		if (sent.thrown === TIMED_OUT) return { ...failure, effect: 'none' };
		const fault = faultOf(sent.thrown);
		if (this.isOfSignIn(fault) || (fault.status ?? fault.code) === undefined) {
			return await this.clean(failure);
		}
		// Whether there is a new token then, the next try of the request will show.
		if (fault.status === undefined) return { ...(await this.clean(failure)), effect: 'none' };
		if (!statusMeaning(fault.status).passing) return undefined;
		const refusal = this.readStatus(fault.status, undefined, fault.headers);
		// Without the headers the wait that the service asks for is unknown, so it has to be a long one.
		const retryAfterMs = fault.headers === undefined ? UNKNOWN_WAIT_MS : refusal.retryAfterMs;
		return { ...refusal, effect: 'none', retryAfterMs };
	}

	/**
	 * One request with an end of its own: what is not answered in time is cut off, which n8n 2.0 itself
	 * fails to do, and a stopped execution cuts off what is under way. Gives what n8n throws, or `TIMED_OUT`
	 * for the former.
	 */
	private async request(
		request: StoreRequest,
		{ ignoreHttpStatusErrors }: { ignoreHttpStatusErrors: boolean },
	): Promise<{ readonly response: unknown } | { readonly thrown: unknown }> {
		const { baseUrl, clock, random, timeoutMs } = this.options;
		const cutOff = new AbortController();
		const ended = new AbortController();
		let timedOut = false;
		this.begin(cutOff);
		void clock.sleep(timeoutMs, ended.signal).then(() => {
			timedOut = !ended.signal.aborted;
			if (timedOut) cutOff.abort();
		});
		const options: IHttpRequestOptions = {
			method: request.method,
			url: `${baseUrl}/${request.path.map(segment).join('/')}`,
			headers: { 'MS-CV': correlationVector(random) },
			json: true,
			abortSignal: cutOff.signal,
			// A redirect would carry the token to wherever the answer points.
			disableFollowRedirect: true,
			returnFullResponse: true,
			ignoreHttpStatusErrors,
			...(request.body === undefined ? {} : { body: request.body }),
			...(request.query === undefined
				? {}
				: { qs: withoutUndefined(request.query), arrayFormat: 'repeat' }),
		};
		this.requestCount++;
		const sent = this.context.helpers.httpRequestWithAuthentication.call(
			withCancelSignal(this.context, cutOff.signal),
			CREDENTIAL_TYPE,
			options,
		);
		// n8n's fetching of a token heeds no signal, so a sign-in service that hangs is left to itself.
		const isCutOff = new Promise<typeof CUT_OFF>((resolve) => {
			cutOff.signal.addEventListener('abort', () => resolve(CUT_OFF), { once: true });
		});
		try {
			const response = await Promise.race([sent, isCutOff]);
			if (response !== CUT_OFF) return { response };
			sent.catch(() => undefined);
			return { thrown: timedOut ? TIMED_OUT : CUT_OFF };
		} catch (error) {
			return { thrown: timedOut ? TIMED_OUT : error };
		} finally {
			// With a reason of its own, since Node.js would make an exception with a stack for each request.
			ended.abort('ended');
			this.end(cutOff);
		}
	}

	/**
	 * One listener for all requests under way, and none when there are none: the signal belongs to the
	 * execution, in which this node may run a hundred times, and Node.js warns of more than ten.
	 */
	private begin(cutOff: AbortController): void {
		if (this.underWay.size === 0) this.options.signal?.addEventListener('abort', this.stop);
		this.underWay.add(cutOff);
		if (this.options.signal?.aborted) this.stop();
	}

	private end(cutOff: AbortController): void {
		this.underWay.delete(cutOff);
		if (this.underWay.size === 0) this.options.signal?.removeEventListener('abort', this.stop);
	}

	/** Another execution may have renewed the token meanwhile, so what is secret is asked each time. */
	private async clean(failure: Failure): Promise<Failure> {
		await (this.secretsKnown = this.options.learnSecrets());
		return { ...failure, words: this.options.redactor.redact(failure.words) };
	}

	/** Without a token there was no request to the Store: it was the sign-in that did not come to an end. */
	private async cleanThrown(thrown: unknown): Promise<Failure> {
		const failure = await this.clean(this.readThrown(thrown));
		if (await this.secretsKnown) return failure;
		if (failure.kind !== 'connection') return { ...failure, effect: 'none' };
		const words = failure.words === NOT_IN_TIME ? SIGN_IN_NOT_IN_TIME : failure.words;
		return { ...NO_EFFECT, kind: 'signIn', passing: failure.passing, words: noToken(words) };
	}

	private isOfSignIn({ url }: Fault): boolean {
		return url !== undefined && !url.startsWith(`${this.options.baseUrl}/`);
	}

	/** What n8n threw: the connection to the Store did not hold, or there was no token to be had. */
	private readThrown(error: unknown): Failure {
		if (error === TIMED_OUT) return { ...NO_EFFECT, ...UNANSWERED, words: NOT_IN_TIME };
		const fault = faultOf(error);
		if (this.options.signal?.aborted || fault.code === 'ERR_CANCELED') {
			return { ...NO_EFFECT, kind: 'stopped', effect: 'underWay', words: STOPPED };
		}
		// The Store's own statuses are not thrown.
		if (fault.status !== undefined || this.isOfSignIn(fault)) {
			return readSignInFault(fault, this.options.clock.nowMs());
		}
		if (fault.code !== undefined) return readConnectionFault(fault.code, fault.message);
		return { ...NO_EFFECT, kind: 'signIn', words: noToken(fault.message) };
	}

	private readStatus(httpStatus: number, body: unknown, headers: unknown): Failure {
		const said = readRefusalBody(body);
		const { parameter, structured } = said;
		const words = said.words ?? statusWords(httpStatus);
		if (httpStatus === 401) return { ...NO_EFFECT, kind: 'signIn', httpStatus, words };
		return {
			kind: 'refused',
			httpStatus,
			...statusMeaning(httpStatus),
			retryAfterMs: statusMeaning(httpStatus).passing
				? readRetryAfterMs(
						header(headers, 'retry-after'),
						header(headers, 'date'),
						this.options.clock.nowMs(),
					)
				: undefined,
			words: httpStatus < 400 ? REDIRECTED : words,
			missing:
				said.missing ?? (httpStatus === 404 && structured ? missingByWords(words) : undefined),
			parameter,
		};
	}
}

/**
 * n8n hands the execution's cancel signal to every request, whatever signal the request brings. So the
 * request is given a context of its own, which differs in nothing else.
 */
function withCancelSignal(context: RequestContext, signal: AbortSignal): IAllExecuteFunctions {
	if (!('getExecutionCancelSignal' in context)) return context as IAllExecuteFunctions;
	return Object.create(context, {
		getExecutionCancelSignal: { value: () => signal },
	}) as IAllExecuteFunctions;
}

/** In the place of what n8n throws for a request that was cut off for its time. */
const TIMED_OUT = Symbol('timed out');
const CUT_OFF = Symbol('cut off');

const NO_EFFECT = { passing: false, effect: 'none', throttled: false } as const;

/** Taken for a wait that the service named and n8n lost. */
const UNKNOWN_WAIT_MS = 30_000;

const UNANSWERED = { kind: 'connection', passing: true, effect: 'underWay' } as const;
const NOT_IN_TIME = 'The Store did not answer in time';
const SIGN_IN_NOT_IN_TIME = 'It did not answer in time';
const STOPPED = 'The execution was stopped while the request was under way';
const CUT = 'The connection was cut in the middle of the answer';
const REDIRECTED =
	'The address answered with a redirect, which is not followed, because the token must not go elsewhere. Check the Base URL of the credential';

/** What can be told of a thrown error; n8n wraps what its HTTP client throws, differently in each version. */
interface Fault {
	/** Of the HTTP client or the operating system (`ECONNRESET`). */
	readonly code?: string;
	readonly status?: number;
	readonly headers?: unknown;
	readonly url?: string;
	readonly message: string;
}

/** Thrown by n8n's OAuth2 code for what the token endpoint refuses. */
const OAUTH_CODES = new Set(['EAUTH', 'ESTATUS']);

function faultOf(error: unknown): Fault {
	const chain: Array<Record<string, unknown>> = [];
	for (let at = error; isObject(at) && chain.length < 6; at = at.cause) chain.push(at);
	const http = chain.find((link) => isObject(link.response) || isObject(link.config));
	const message = messageOf(chain);
	if (http !== undefined) {
		const { response, config, code } = http;
		return {
			code: text(code),
			status: isObject(response) ? numberOf(response.status) : undefined,
			headers: isObject(response) ? response.headers : undefined,
			url: isObject(config) ? text(config.url) : undefined,
			message,
		};
	}
	// n8n 2.0 keeps of the client's error no more than its code, in the place of a status.
	const code = chain.map((link) => text(link.httpCode) ?? text(link.code)).find(Boolean);
	if (code === undefined || OAUTH_CODES.has(code)) return { message };
	const status = numberOf(Number(code));
	return status === undefined ? { code, message } : { status, message };
}

/** The innermost words: the wrappers around them guess at causes. */
function messageOf(chain: ReadonlyArray<Record<string, unknown>>): string {
	for (const link of [...chain].reverse()) {
		const body = isObject(link.body) ? text(link.body.error_description) : undefined;
		const raw = Array.isArray(link.messages) ? text(link.messages[0]) : undefined;
		const words = body ?? raw ?? text(link.message);
		if (words !== undefined) return words.split(/\r?\n/)[0];
	}
	return 'n8n could not get a token';
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null;

const numberOf = (value: unknown): number | undefined =>
	typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Before these, no byte of the request reached the service. */
const NEVER_CONNECTED = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ENETDOWN',
	'EADDRNOTAVAIL',
]);
/** Trying again cannot help: an address or a certificate has to be changed first. */
const WRONG_ADDRESS =
	/^(ERR_INVALID_URL|ERR_BAD_OPTION|ERR_BAD_REQUEST|ERR_UNESCAPED_CHARACTERS|EPROTO)$|CERT|TLS|SSL|SIGNATURE/;

function readConnectionFault(code: string, message: string): Failure {
	const words = connectionWords(code, message);
	if (NEVER_CONNECTED.has(code)) return { ...NO_EFFECT, kind: 'connection', passing: true, words };
	if (WRONG_ADDRESS.test(code)) return { ...NO_EFFECT, kind: 'connection', words };
	return { ...NO_EFFECT, ...UNANSWERED, words };
}

/**
 * Without the common codes: wherever n8n finds one in a message, also in that of a node further on, it
 * puts a text of its own in the place of the whole message.
 */
function connectionWords(code: string, message = ''): string {
	switch (code) {
		case 'ECONNREFUSED':
			return 'The connection was refused: nothing listens at this address';
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return 'The host of this address was not found';
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
		case 'EADDRNOTAVAIL':
			return 'The host of this address cannot be reached from here';
		case 'ECONNABORTED':
		case 'ETIMEDOUT':
			if (/timeout|timed ?out/i.test(message) || code === 'ETIMEDOUT') {
				return NOT_IN_TIME;
			}
			return CUT;
		case 'ECONNRESET':
		case 'EPIPE':
			return 'The connection was cut';
		default:
			return code === '' ? CUT : `The connection did not hold (${code})`;
	}
}

const noToken = (why: string): string => `The sign-in service gave no token: ${why}`;

/** The sign-in service, not the Store: whatever happened there, no seat was touched. */
function readSignInFault({ status, code = '', message, headers }: Fault, nowMs: number): Failure {
	if (status === undefined ? WRONG_ADDRESS.test(code) : !statusMeaning(status).passing) {
		return { ...NO_EFFECT, kind: 'signIn', words: noToken(message) };
	}
	const said = status === undefined ? connectionWords(code, message) : `HTTP ${status}`;
	const what = said === NOT_IN_TIME ? SIGN_IN_NOT_IN_TIME : said;
	const throttled = status !== undefined && statusMeaning(status).throttled;
	const named = readRetryAfterMs(header(headers, 'retry-after'), header(headers, 'date'), nowMs);
	// Without the headers the wait that is asked for is unknown, so it has to be a long one.
	const retryAfterMs = throttled && headers === undefined ? UNKNOWN_WAIT_MS : named;
	const words = noToken(what);
	return { ...NO_EFFECT, kind: 'signIn', passing: true, throttled, retryAfterMs, words };
}

function header(headers: unknown, name: string): unknown {
	if (!isObject(headers)) return undefined;
	for (const key of Object.keys(headers)) if (key.toLowerCase() === name) return headers[key];
	return undefined;
}

function statusWords(httpStatus: number): string {
	switch (httpStatus) {
		case 429:
			return 'The Store asks for fewer requests';
		case 503:
			return 'The Store is not available at the moment';
		default:
			return `The Store answered with HTTP ${httpStatus} and no explanation`;
	}
}

/** Encoded so that it stays one segment: `..` cannot be encoded and is refused before it comes here. */
function segment(value: string): string {
	return encodeURIComponent(value === '.' || value === '..' ? `${value} ` : value);
}

function withoutUndefined(
	query: NonNullable<StoreRequest['query']>,
): Record<string, string | number | string[]> {
	const given: Record<string, string | number | string[]> = {};
	for (const [name, value] of Object.entries(query)) {
		if (value === undefined) continue;
		given[name] = typeof value === 'object' ? [...value] : value;
	}
	return given;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The base64 of 12 random bytes, new for each call, as Microsoft's own PowerShell module sends it. */
function correlationVector(random: () => number): string {
	let vector = '';
	for (let i = 0; i < 16; i++) vector += BASE64[Math.floor(random() * 64)];
	return vector;
}
