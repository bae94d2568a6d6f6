import { type OperationName, operationNames } from './operations';

/** A `Retry-After` header: seconds, a date so many seconds ahead, or raw text that may be nonsense. */
export type RetryAfter = number | { date: true; seconds: number } | string;

export type FaultEffect =
	/** An answer of this status. Without `work: 'done'` nothing has happened. */
	| {
			kind: 'status';
			status: number;
			retryAfter?: RetryAfter;
			body?: unknown;
			contentType?: string;
			headers?: Record<string, string>;
			work?: 'none' | 'done';
	  }
	/**
	 * A wait of `ms`. `of: 'request'` waits before the work, and a client that leaves meanwhile has had
	 * none done; `of: 'answer'` does the work at once and answers late.
	 */
	| { kind: 'delay'; ms: number; of: 'request' | 'answer' }
	/** No answer, until the client goes away. Work with `afterMs` is done even if it is gone by then. */
	| { kind: 'hang'; work: 'none' | 'done' | { afterMs: number } }
	/** The connection is cut. */
	| { kind: 'cut'; at: 'beforeWork' | 'afterWork' | 'midBody' }
	/** 200, the work done, a correct content length, and JSON that stops half-way. */
	| { kind: 'truncate' }
	/** A gateway's page instead of JSON, with status 502 by default; the work is done. */
	| { kind: 'html'; status?: number }
	/** Another body; text goes out as it is, anything else as JSON. Status 200 by default. */
	| {
			kind: 'replace';
			body: unknown;
			status?: number;
			contentType?: string;
			work?: 'none' | 'done';
	  }
	/** A redirect, 302 by default; no work is done. */
	| { kind: 'redirect'; location: string; status?: number }
	/** All access tokens issued so far become invalid; then the request is handled as usual. */
	| { kind: 'expireTokens' }
	/** The real answer with a property `padding` that brings it to this size. */
	| { kind: 'huge'; megabytes: number }
	/** The real answer with a property `nested` that is this many objects deep. */
	| { kind: 'deep'; levels: number };

/** Which requests a rule is about. What is left out does not matter. */
export interface FaultCondition {
	/** Left out: the twelve operations of the Store, not the token endpoint. */
	operation?: OperationName | readonly OperationName[];
	/** In the list of users or in the path, any casing. */
	user?: string;
	productId?: string;
	skuId?: string;
	/**
	 * Which of the requests that the rest of the condition is about, counted from 1. All of them are
	 * counted, also those that another rule took.
	 */
	nth?: number | readonly number[] | { from: number; to?: number };
	/** 0 to 1. */
	probability?: number;
}

export interface FaultRule {
	on?: FaultCondition;
	/** How often the rule fires at most; without it, always. */
	times?: number;
	effect: FaultEffect;
}

/** What a rule looks at. */
export interface FaultSubject {
	operation: OperationName;
	isStore: boolean;
	usernames: readonly string[];
	productId?: string;
	skuId?: string;
}

interface ActiveRule {
	rule: FaultRule;
	/** Requests that everything in `on` but `nth` and `probability` was about. */
	matched: number;
	fired: number;
}

/** The rules in force, tried in order; the first that matches fires. */
export class FaultList {
	private active: ActiveRule[] = [];

	constructor(rules: readonly FaultRule[] = []) {
		this.add(...rules);
	}

	get rules(): FaultRule[] {
		return this.active.map(({ rule }) => rule);
	}

	/** Appends rules; the function it returns takes them away again. */
	add(...rules: FaultRule[]): () => void {
		const added = rules.map((rule) => ({ rule, matched: 0, fired: 0 }));
		this.active.push(...added);
		return () => {
			this.active = this.active.filter((candidate) => !added.includes(candidate));
		};
	}

	remove(rule: FaultRule): void {
		this.active = this.active.filter((candidate) => candidate.rule !== rule);
	}

	clear(): void {
		this.active = [];
	}

	/** Counts the request on every rule and returns the effect it meets, if any. */
	take(subject: FaultSubject, random: () => number): FaultEffect | undefined {
		let effect: FaultEffect | undefined;
		for (const candidate of this.active) {
			const { on = {}, times = Infinity } = candidate.rule;
			if (!isAbout(on, subject)) continue;
			candidate.matched++;
			if (effect || candidate.fired >= times) continue;
			if (!isNth(on.nth, candidate.matched)) continue;
			if (on.probability !== undefined && random() >= on.probability) continue;
			candidate.fired++;
			effect = candidate.rule.effect;
		}
		return effect;
	}
}

function isAbout(on: FaultCondition, subject: FaultSubject): boolean {
	if (on.operation === undefined) {
		if (!subject.isStore) return false;
	} else if (![on.operation].flat().includes(subject.operation)) {
		return false;
	}
	if (on.productId !== undefined && !isSame(on.productId, subject.productId)) return false;
	if (on.skuId !== undefined && !isSame(on.skuId, subject.skuId)) return false;
	return on.user === undefined || subject.usernames.some((name) => isSame(on.user!, name));
}

function isNth(nth: FaultCondition['nth'], count: number): boolean {
	if (nth === undefined) return true;
	if (typeof nth === 'number') return count === nth;
	if ('from' in nth) return count >= nth.from && count <= (nth.to ?? Infinity);
	return nth.includes(count);
}

function isSame(one: string, other: string | undefined): boolean {
	return one.toLowerCase() === other?.toLowerCase();
}

const isNumber = (value: unknown) => typeof value === 'number' && value >= 0;
const isText = (value: unknown) => typeof value === 'string';
const isOneOf =
	(...values: unknown[]) =>
	(value: unknown) =>
		values.includes(value);
const isAnything = () => true;

/** The fields that each effect cannot do without. */
const requiredFields: Record<FaultEffect['kind'], Record<string, (value: unknown) => boolean>> = {
	status: { status: isNumber },
	delay: { ms: isNumber, of: isOneOf('request', 'answer') },
	hang: {
		work: (value) =>
			value === 'none' || value === 'done' || isNumber((value as { afterMs?: unknown })?.afterMs),
	},
	cut: { at: isOneOf('beforeWork', 'afterWork', 'midBody') },
	truncate: {},
	html: {},
	replace: { body: isAnything },
	redirect: { location: isText },
	expireTokens: {},
	huge: { megabytes: isNumber },
	deep: { levels: isNumber },
};

/** The kinds of effects. */
export const faultKinds = Object.keys(requiredFields) as Array<FaultEffect['kind']>;

/** Checks a rule that came from outside; throws an error that says what is wrong. */
export function checkFaultRule(value: unknown): FaultRule {
	const rule = value as FaultRule | null;
	const kind = rule?.effect?.kind;
	if (typeof kind !== 'string') throw new Error('A fault rule has an effect with a kind.');
	if (!Object.hasOwn(requiredFields, kind)) throw new Error(`There is no fault "${kind}".`);
	for (const [field, isValid] of Object.entries(requiredFields[kind])) {
		const given = (rule!.effect as Record<string, unknown>)[field];
		if (!isValid(given)) {
			throw new Error(`Fault "${kind}" cannot have ${field} ${JSON.stringify(given)}.`);
		}
	}
	for (const name of [rule?.on?.operation ?? []].flat()) {
		if (!operationNames.includes(name)) throw new Error(`There is no operation "${name}".`);
	}
	return rule!;
}
