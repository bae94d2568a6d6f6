import type { ProductKey } from '../seats/seat';
import { STOPPED, type Refusal } from '../seats/service';
import { camelCased } from './camelCase';
import type { StoreRequest } from './client';
import { readPage, readPages, type PageOf } from './pages';
import { isRecord, list, property, text } from './reading';
import { seatsPath } from './seatService';
import type { Sender } from './sender';

/** One structure of the Store, property names in camelCase. */
export type Structure = Record<string, unknown>;

/**
 * One thing to read. Plain data: two readings with the same content give the same, so it is enough to
 * send one of them.
 */
export type Reading = StructureReading | SetReading | PagesReading;

interface StructureReading {
	readonly request: StoreRequest;
	/** An answer with none of these is not the structure. */
	readonly fields: readonly string[];
	/** It is a product, which has an install link. */
	readonly product?: boolean;
}

/** A list in one answer, with a field of its own beside it. */
interface SetReading {
	readonly request: StoreRequest;
	readonly list: string;
	readonly beside: string;
	/** Elements wanted at most; undefined for all. */
	readonly limit?: number;
}

interface PagesReading {
	readonly request: StoreRequest;
	readonly pagesOf: string;
	readonly limit?: number;
	readonly product?: boolean;
}

export type ReadReply =
	| { readonly kind: 'read'; readonly elements: readonly Structure[] }
	| { readonly kind: 'refused'; readonly refusal: Refusal };

export interface InventoryFilters {
	/** `online`, `offline`; none for both. */
	readonly licenseTypes: readonly string[];
	/** ISO 8601. */
	readonly modifiedSince?: string;
}

const get = (...path: string[]): StoreRequest => ({ method: 'GET', path });
const productPath = ({ productId, skuId }: ProductKey) => ['V1', 'Products', productId, skuId];

/** What can be read of the Store, by the reference. */
export const readings = {
	inventory: ({ licenseTypes, modifiedSince }: InventoryFilters, limit?: number): Reading => ({
		request: {
			...get('V1', 'Inventory'),
			query: { modifiedSince, licenseTypes: licenseTypes.length > 0 ? licenseTypes : undefined },
		},
		pagesOf: 'inventoryEntries',
		limit,
		product: true,
	}),
	product: (key: ProductKey): Reading => ({
		request: get(...productPath(key)),
		fields: ['productKey', 'productType', 'packageFamilyName'],
		product: true,
	}),
	localizedDetails: (key: ProductKey, language: string): Reading => ({
		request: get(...productPath(key), 'LocalizedDetails', language),
		fields: ['displayName', 'language', 'publisher'],
	}),
	packages: (key: ProductKey, limit?: number): Reading => ({
		request: get(...productPath(key), 'Packages'),
		list: 'productPackages',
		beside: 'packageSetId',
		limit,
	}),
	package: (key: ProductKey, packageId: string): Reading => ({
		request: get(...productPath(key), 'Packages', packageId),
		fields: ['packageId', 'packageFullName', 'location'],
	}),
	offlineLicense: (key: ProductKey, contentId: string): Reading => ({
		request: { method: 'POST', path: [...productPath(key), 'OfflineLicense', contentId] },
		fields: ['licenseBlob', 'licenseInstanceId'],
	}),
	seats: (key: ProductKey, limit?: number): Reading => ({
		request: get(...seatsPath(key)),
		pagesOf: 'seats',
		limit,
	}),
	seat: (key: ProductKey, username: string): Reading => ({
		request: get(...seatsPath(key), username),
		fields: ['assignedTo', 'state', 'dateAssigned'],
	}),
	seatsOfUser: (username: string, limit?: number): Reading => ({
		request: get('V1', 'Users', username, 'Seats'),
		pagesOf: 'seats',
		limit,
	}),
} as const;

/**
 * Reads one thing, all its pages if it has any. Every element of the answer comes out, with all its
 * fields, in the service's order; an answer that is not what was asked for is never taken for an
 * empty one. Once `stillWanted` says no, nothing more is sent.
 */
export async function read(
	sender: Sender,
	reading: Reading,
	stillWanted?: () => boolean,
): Promise<ReadReply> {
	if ('pagesOf' in reading) {
		const { request, pagesOf, product, limit } = reading;
		const readElements = (body: unknown): PageOf<Structure> | undefined => {
			const page = readPage(body, pagesOf);
			return page && { ...page, elements: structures(page.elements, product) };
		};
		return await readPages(sender, request, readElements, { limit, stillWanted });
	}
	const readElements = 'list' in reading ? readSet(reading) : readStructure(reading);
	const sent = await sender.send(reading.request, readElements, stillWanted);
	if (sent.kind === 'answered') return { kind: 'read', elements: sent.answer };
	return {
		kind: 'refused',
		refusal: sent.kind === 'refused' ? sent.refusal : (sent.because ?? STOPPED),
	};
}

const readStructure =
	({ fields, product }: StructureReading) =>
	(body: unknown): readonly Structure[] | undefined =>
		fields.some((name) => property(body, name) !== undefined)
			? structures([body], product)
			: undefined;

/** The elements of a set, each with the fields that the set has beside its list. */
const readSet =
	({ list: name, beside, limit }: SetReading) =>
	(body: unknown): readonly Structure[] | undefined => {
		const named = property(body, name);
		const elements = list(named);
		if (!isRecord(body) || elements === undefined) return undefined;
		if (named === undefined && property(body, beside) === undefined) return undefined;
		const own = Object.entries(body).filter(
			([field]) => field.toLowerCase() !== name.toLowerCase(),
		);
		return structures(elements.slice(0, limit)).map((element) => ({
			...structures([Object.fromEntries(own)])[0],
			...element,
		}));
	};

function structures(elements: readonly unknown[], product = false): Structure[] {
	return elements.filter(isRecord).map((element) => {
		const structure = camelCased(element) as Structure;
		return product ? withInstallUrl(structure) : structure;
	});
}

/** The link that Microsoft's PowerShell module prints, and that installs the product. */
function withInstallUrl(product: Structure): Structure {
	const productId = text(property(product.productKey, 'productId'));
	const skuId = text(property(product.productKey, 'skuId'));
	if (productId === undefined || skuId === undefined) return product;
	const ids = `productId=${encodeURIComponent(productId)}&skuId=${encodeURIComponent(skuId)}`;
	return {
		...product,
		installUrl: `https://businessstore.microsoft.com/en-us/AppInstall?${ids}&catalogId=4`,
	};
}
