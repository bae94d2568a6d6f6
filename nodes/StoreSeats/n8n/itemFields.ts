import { tryToParseDateTime } from 'n8n-workflow';

import type { OperationRun } from '../operations/operation';
import { checkProductKey } from '../seats/productKey';
import type { ProductKey } from '../seats/seat';
import { shown, UNSENDABLE } from '../seats/text';
import { parseUsernames, unsendable } from '../seats/usernames';
import type { InventoryFilters } from '../store/reads';
import { isOn, itemParameter } from './parameters';

/** What an item gives for a field of an operation, or why it cannot be used, in words for the user. */
export type Checked<T> = { readonly value: T } | { readonly refused: string };

/** Reads and checks a field of one item. Throws only what n8n throws for an expression. */
export type ItemField<T> = (itemIndex: number) => Checked<T>;

type Parameters = Pick<OperationRun, 'context' | 'items'>;

const valueOf = <T>(value: T): Checked<T> => ({ value });
const refused = (words: string): { refused: string } => ({ refused: words });

/** `productId` and `skuId`; neither can change the path of a request. */
export function productKeyField({ context, items }: Parameters): ItemField<ProductKey> {
	const productIdOf = itemParameter(context, items, 'productId');
	const skuIdOf = itemParameter(context, items, 'skuId');
	return (itemIndex) => {
		const checked = checkProductKey(productIdOf(itemIndex), skuIdOf(itemIndex));
		return 'key' in checked ? valueOf(checked.key) : refused(checked.refused);
	};
}

/** `username`: exactly one name. */
export function usernameField({ context, items }: Parameters): ItemField<string> {
	const usernameOf = itemParameter(context, items, 'username');
	return (itemIndex) => {
		const { names, leftOver } = parseUsernames(usernameOf(itemIndex));
		if (leftOver !== undefined) return refused(`'Username' holds ${leftOver}, not a user name`);
		if (names.length > 1) {
			return refused(
				`'Username' holds ${names.length} names, and this operation takes one. Give each name an item of its own`,
			);
		}
		if (names.length === 0) {
			return refused(
				"'Username' is empty. Give a user principal name such as ada@contoso.com, or an Entra object ID",
			);
		}
		const complaint = unsendable(names[0]);
		return complaint === undefined ? valueOf(names[0]) : refused(complaint);
	};
}

/** An identifier whose form the reference leaves open: anything that stays one segment of a path. */
export function segmentField(
	{ context, items }: Parameters,
	name: string,
	label: string,
	advice: string,
): ItemField<string> {
	const segmentOf = itemParameter(context, items, name);
	return (itemIndex) => {
		const given = segmentOf(itemIndex);
		const segment = typeof given === 'number' ? String(given) : given;
		if (segment === undefined || segment === null || segment === '') {
			return refused(`'${label}' is empty. ${advice}`);
		}
		if (typeof segment !== 'string') {
			return refused(`'${label}' holds a value of type ${typeof segment}, not an ID`);
		}
		const trimmed = segment.trim();
		if (trimmed === '') return refused(`'${label}' is empty. ${advice}`);
		if (trimmed === '.' || trimmed === '..') {
			return refused(`'${label}' is set to "${trimmed}", which is a path, not an ID`);
		}
		if (UNSENDABLE.test(trimmed)) {
			return refused(`'${label}' contains a control character or half of a character`);
		}
		return valueOf(trimmed);
	};
}

const LANGUAGE = /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i;

/** `language`: a tag such as `en-us`. */
export function languageField({ context, items }: Parameters): ItemField<string> {
	const languageOf = itemParameter(context, items, 'language');
	return (itemIndex) => {
		const given = languageOf(itemIndex);
		const language = typeof given === 'string' ? given.trim() : '';
		if (LANGUAGE.test(language)) return valueOf(language);
		const what = language === '' ? "'Language' is empty" : `"${shown(language)}" is not a language`;
		return refused(`${what}. Give a tag such as en-us`);
	};
}

/** Something that is on or off. */
export function switchField({ context, items }: Parameters, name: string): ItemField<boolean> {
	const switchOf = itemParameter(context, items, name);
	return (itemIndex) => valueOf(isOn(switchOf(itemIndex)));
}

/** `returnAll` and `limit`: how many elements are wanted at most; undefined for all. */
export function limitField({ context, items }: Parameters): ItemField<number | undefined> {
	const returnAllOf = itemParameter(context, items, 'returnAll');
	let limitOf: ReturnType<typeof itemParameter> | undefined;
	return (itemIndex) => {
		if (isOn(returnAllOf(itemIndex))) return valueOf(undefined);
		// Not on screen while Return All is on, so n8n has no value for it then.
		limitOf ??= itemParameter(context, items, 'limit');
		const given = limitOf(itemIndex);
		const limit = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
		if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1) return valueOf(limit);
		return refused("'Limit' has to be a whole number from 1");
	};
}

const LICENSE_TYPES: ReadonlySet<unknown> = new Set(['online', 'offline']);

/** `filters` of the inventory. A date without a zone is one of the workflow's time zone, as all over n8n. */
export function inventoryFiltersField({ context, items }: Parameters): ItemField<InventoryFilters> {
	const filtersOf = itemParameter(context, items, 'filters');
	const timeZone = context.getTimezone();
	return (itemIndex) => {
		const { licenseTypes, modifiedSince } = (filtersOf(itemIndex) ?? {}) as Record<string, unknown>;
		const types = listOf(licenseTypes).map((type) => String(type).trim().toLowerCase());
		const unknown = types.find((type) => !LICENSE_TYPES.has(type));
		if (unknown !== undefined) {
			return refused(`"${shown(unknown)}" is not a license type. There are online and offline`);
		}
		const since = isoDate(modifiedSince, timeZone);
		if (since === undefined && !isEmpty(modifiedSince)) {
			return refused(
				`'Modified Since' is set to "${shown(String(modifiedSince))}", which is not a date. Give one such as 2026-01-31 or 2026-01-31T08:00:00Z`,
			);
		}
		return valueOf({ licenseTypes: [...new Set(types)].sort(), modifiedSince: since });
	};
}

/** The field of the item that takes the file; undefined while `download` is off. */
export function fileField({ context, items }: Parameters): ItemField<string | undefined> {
	const downloadOf = itemParameter(context, items, 'download');
	let nameOf: ReturnType<typeof itemParameter> | undefined;
	return (itemIndex) => {
		if (!isOn(downloadOf(itemIndex))) return valueOf(undefined);
		nameOf ??= itemParameter(context, items, 'binaryPropertyName');
		const given = nameOf(itemIndex);
		const name = typeof given === 'string' ? given.trim() : '';
		if (name === '' || name === '__proto__') {
			return refused("'Put Output File in Field' is empty. Give the name of a field, such as data");
		}
		return valueOf(name);
	};
}

const isEmpty = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** A list, or text with its members separated by commas, as an expression may give either. */
function listOf(value: unknown): unknown[] {
	if (Array.isArray(value)) return value;
	if (isEmpty(value)) return [];
	return String(value).split(',');
}

/** Year first, so that nothing is taken for a date that only looks like one to a computer. */
const DATE = /^\d{4}-\d{2}-\d{2}/;

function isoDate(value: unknown, timeZone: string): string | undefined {
	const given = value instanceof Date ? value.toISOString() : String(value).trim();
	if (!DATE.test(given)) return undefined;
	try {
		return (
			tryToParseDateTime(given, timeZone).toUTC().toISO({ suppressMilliseconds: true }) ?? undefined
		);
	} catch {
		return undefined;
	}
}
