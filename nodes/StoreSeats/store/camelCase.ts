import { isRecord } from './reading';

/** The reference nests no deeper than five levels; what nests deeper was not written by the Store. */
const DEEPEST = 32;

/** The names of the reference that have more than one word: casing alone does not tell where they part. */
const NAMES = new Map(
	[
		'alternateIds',
		'assignedTo',
		'availableSeats',
		'backgroundColor',
		'contentId',
		'continuationToken',
		'dateAssigned',
		'displayName',
		'distributionPolicy',
		'fileSize',
		'foregroundColor',
		'frameworkDependencyPackages',
		'inventoryEntries',
		'lastModified',
		'licenseBlob',
		'licenseInstanceId',
		'licenseType',
		'maxTestedVersion',
		'minVersion',
		'packageFamilyName',
		'packageFormat',
		'packageFullName',
		'packageId',
		'packageIdentityName',
		'packageRank',
		'packageSetId',
		'platformName',
		'productId',
		'productKey',
		'productPackages',
		'productType',
		'publisherId',
		'publisherName',
		'publisherWebsite',
		'requestorId',
		'seatCapacity',
		'skuId',
		'supportedLanguages',
		'supportedPlatforms',
	].map((name) => [name.toLowerCase(), name]),
);

/**
 * The same structure with property names in camelCase whatever the service's casing (`State`, `SkuID`,
 * `productkey`). Unknown fields are kept. Of two names that become one, the one spelt that way stands,
 * else the first.
 */
export function camelCased(value: unknown, depth = 0): unknown {
	if (depth > DEEPEST) return null;
	if (Array.isArray(value)) return value.map((entry) => camelCased(entry, depth + 1));
	if (!isRecord(value)) return value;
	const result: Record<string, unknown> = {};
	for (const [name, inner] of Object.entries(value)) {
		const camel = NAMES.get(name.toLowerCase()) ?? firstLower(name);
		if (camel === '__proto__') continue;
		if (name !== camel && Object.hasOwn(result, camel)) continue;
		result[camel] = camelCased(inner, depth + 1);
	}
	return result;
}

/** `State` → `state`, `URL` → `url`, `HTMLText` → `htmlText`. */
const firstLower = (name: string): string =>
	name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());
