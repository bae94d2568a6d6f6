/**
 * Which users something happens to: nobody, everybody, a share of them (0 to 1, drawn anew for each
 * user of each request), or those listed (UPN or object id, any casing).
 */
export type UserSelection = boolean | number | readonly string[];

/** The service's own words. Only their sense is known from the field; the wording is a guess. */
export interface QuirkWords {
	alreadyAssigned: string;
	nothingToReclaim: string;
	unknownUser: string;
	noSeats: string;
	malformedName: string;
	contradicted: string;
}

/**
 * Ways in which the Store may answer that its reference leaves open. Each is a plain value that can
 * be changed between two requests; the defaults are the tidiest reading of the reference.
 */
export interface Quirks {
	/** Casing of property names in successful answers. */
	casing: 'camel' | 'pascal';
	/** How a list without elements is written. */
	emptyLists: 'array' | 'null' | 'absent';
	/** Lists come in another order than asked for; pages keep their members. */
	shuffle: boolean;
	/** Casing of user names in answers. `mixed` is drawn for each letter. */
	userCasing: 'asStored' | 'upper' | 'lower' | 'mixed';
	/** What `assignedTo` holds. */
	assignedToAs: 'upn' | 'objectId' | 'bracedObjectId';
	/** Bulk: the work is done, but the user is in neither list. */
	omitUsers: UserSelection;
	/** Bulk: the work is not done, and the user is in neither list. */
	omitUndone: UserSelection;
	/** Bulk: the user appears twice in its list. */
	repeatUsers: UserSelection;
	/** Bulk: the user is in both lists; the work is what it would have been. */
	contradictUsers: UserSelection;
	/** Bulk: this many users nobody asked for, by turns in `seatDetails` and in the failed list. */
	strangers: number;
	/** Bulk, a name with white space or control characters, or neither a UPN nor an object id. */
	malformedName: 'refuseBatch' | 'refuseName';
	/** Bulk, a user the directory does not know (yet). */
	unknownUser: 'refuseName' | 'refuseBatch400' | 'refuseBatch404User';
	/** Assigning a seat to one who holds it. */
	alreadyAssigned: 'refuse' | 'succeed';
	/** Reclaiming from one who holds none. */
	nothingToReclaim: 'refuse' | 'succeed';
	/** Spelling of error bodies, which is not published. */
	errorShape: 'flat' | 'nested' | 'pascal' | 'data' | 'html' | 'text';
	/** Whether the refusal of a whole batch says which names were to blame. */
	badNamesNamed: boolean;
	/** Seats come without `state`. */
	stateMissing: boolean;
	/** Reads also show seats that were reclaimed, with `state` Revoked. */
	showRevoked: boolean;
	/** Reads show the seats as they were this many milliseconds ago. */
	readsLagMs: number;
	/** With the pool empty, even one who holds a seat is told that there are none. */
	outOfSeatsBeforeAlready: boolean;
	words: QuirkWords;
}

/** Quirks as they are set: what is left out has its default, word by word. */
export type QuirkSettings = Partial<Omit<Quirks, 'words'>> & { words?: Partial<QuirkWords> };

const defaultWords: QuirkWords = {
	alreadyAssigned: 'The user already has a seat for this product.',
	nothingToReclaim: 'The user does not have a seat for this product.',
	unknownUser: 'The user was not found.',
	noSeats: 'There are no seats available.',
	malformedName: 'The user name is not valid.',
	contradicted: 'The seat operation failed.',
};

/** The given quirks on top of the defaults; the result is a copy of its own. */
export function withDefaults(settings: QuirkSettings = {}): Quirks {
	return {
		casing: 'camel',
		emptyLists: 'array',
		shuffle: false,
		userCasing: 'asStored',
		assignedToAs: 'upn',
		omitUsers: false,
		omitUndone: false,
		repeatUsers: false,
		contradictUsers: false,
		strangers: 0,
		malformedName: 'refuseBatch',
		unknownUser: 'refuseName',
		alreadyAssigned: 'refuse',
		nothingToReclaim: 'refuse',
		errorShape: 'flat',
		badNamesNamed: false,
		stateMissing: false,
		showRevoked: false,
		readsLagMs: 0,
		outOfSeatsBeforeAlready: false,
		...settings,
		words: { ...defaultWords, ...settings.words },
	};
}

/** What a quirk can be, and how to say it. */
interface Kind {
	readonly has: (value: unknown) => boolean;
	readonly is: string;
}

const oneOf = (...values: string[]): Kind => ({
	has: (value) => values.some((one) => one === value),
	is: values.join(', '),
});
const isBoolean: Kind = { has: (value) => typeof value === 'boolean', is: 'true, false' };
const isCount: Kind = {
	has: (value) => typeof value === 'number' && value >= 0,
	is: 'a number from 0',
};
const isSelection: Kind = {
	has: (value) =>
		isBoolean.has(value) ||
		(typeof value === 'number' && value >= 0 && value <= 1) ||
		(Array.isArray(value) && value.every((name) => typeof name === 'string')),
	is: 'true, false, a share from 0 to 1, a list of user names',
};

const ALLOWED: Record<keyof Quirks, Kind> = {
	casing: oneOf('camel', 'pascal'),
	emptyLists: oneOf('array', 'null', 'absent'),
	shuffle: isBoolean,
	userCasing: oneOf('asStored', 'upper', 'lower', 'mixed'),
	assignedToAs: oneOf('upn', 'objectId', 'bracedObjectId'),
	omitUsers: isSelection,
	omitUndone: isSelection,
	repeatUsers: isSelection,
	contradictUsers: isSelection,
	strangers: isCount,
	malformedName: oneOf('refuseBatch', 'refuseName'),
	unknownUser: oneOf('refuseName', 'refuseBatch400', 'refuseBatch404User'),
	alreadyAssigned: oneOf('refuse', 'succeed'),
	nothingToReclaim: oneOf('refuse', 'succeed'),
	errorShape: oneOf('flat', 'nested', 'pascal', 'data', 'html', 'text'),
	badNamesNamed: isBoolean,
	stateMissing: isBoolean,
	showRevoked: isBoolean,
	readsLagMs: isCount,
	outOfSeatsBeforeAlready: isBoolean,
	words: {
		has: (value) =>
			typeof value === 'object' &&
			value !== null &&
			Object.entries(value).every(([key, text]) => key in defaultWords && typeof text === 'string'),
		is: `an object with texts for ${Object.keys(defaultWords).join(', ')}`,
	},
};

/** Checks quirks that came from outside; throws an error that names the one that is wrong. */
export function checkQuirks(value: unknown): QuirkSettings {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw new Error('Quirks are given as an object.');
	}
	for (const [name, setting] of Object.entries(value)) {
		if (!Object.hasOwn(ALLOWED, name)) {
			throw new Error(`There is no quirk "${name}". There are: ${quirkNames.join(', ')}.`);
		}
		const { has, is } = ALLOWED[name as keyof Quirks];
		if (!has(setting)) {
			throw new Error(`Quirk "${name}" cannot be ${JSON.stringify(setting)}. It can be: ${is}.`);
		}
	}
	return value as QuirkSettings;
}

/** The names of all quirks. */
export const quirkNames = Object.keys(ALLOWED) as Array<keyof Quirks>;
