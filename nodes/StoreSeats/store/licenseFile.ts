import type { ProductKey } from '../seats/seat';

/** An offline license as a file. */
export interface LicenseFile {
	readonly bytes: Buffer;
	readonly fileName: string;
	readonly mimeType: string;
}

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Decodes the `licenseBlob` of an OfflineLicense; undefined if it is none. */
export function licenseFile(
	licenseBlob: unknown,
	{ productId, skuId }: ProductKey,
	contentId: string,
): LicenseFile | undefined {
	if (typeof licenseBlob !== 'string') return undefined;
	const base64 = licenseBlob.replace(/\s+/g, '');
	if (!BASE64.test(base64)) return undefined;
	const bytes = Buffer.from(base64, 'base64');
	// The Store gives XML (what `DISM /LicensePath` takes); what is not, is not called so.
	const isXml = /^(?:\uFEFF)?\s*</.test(bytes.toString('utf8', 0, 200));
	const name = [productId, skuId, contentId].join('_').replace(/[^\w.-]+/g, '_');
	return {
		bytes,
		fileName: `${name}_License.${isXml ? 'xml' : 'bin'}`,
		mimeType: isXml ? 'application/xml' : 'application/octet-stream',
	};
}
