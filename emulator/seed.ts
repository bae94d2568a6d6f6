import {
	type FrameworkPackageSpec,
	type LocalizedSpec,
	type PackageSpec,
	type PlatformSpec,
	type ProductSpec,
	type UserSpec,
	numberedUpns,
} from './store';

const staff: UserSpec[] = [
	{ upn: 'ada@contoso.com', email: 'ada@contoso.com' },
	{ upn: 'grace@contoso.com', email: 'grace@contoso.com' },
	{ upn: 'alan@contoso.com', email: 'alan@contoso.com' },
	{ upn: 'Katherine@contoso.com', email: 'katherine@contoso.com' },
	{ upn: "o'neil@contoso.com", email: "o'neil@contoso.com" },
	{ upn: 'zoë@contoso.com' },
	{ upn: 'guest_fabrikam.com#EXT#@contoso.onmicrosoft.com', email: 'guest@fabrikam.com' },
	{ upn: 'visitor_fabrikam.com#EXT#@contoso.onmicrosoft.com', email: 'visitor@fabrikam.com' },
];

/** A handful of teachers and guests, and `pupils` pupils from `pupil0001@contoso.com` on. */
export function defaultUsers(pupils = 5000): UserSpec[] {
	return [...staff, ...numberedUpns(pupils, { prefix: 'pupil' }).map((upn) => ({ upn }))];
}

const windows10: PlatformSpec = {
	platformName: 'Windows.Universal',
	minVersion: { major: 10, minor: 0, build: 10240, revision: 0 },
	maxTestedVersion: { major: 10, minor: 0, build: 22621, revision: 0 },
};

function inEnglish(displayName: string, publisherName: string): Record<string, LocalizedSpec> {
	return { 'en-us': localized(displayName, publisherName) };
}

function localized(displayName: string, publisherName: string): LocalizedSpec {
	return {
		displayName,
		description: `${displayName} by ${publisherName}.`,
		images: [
			{
				location: 'https://images.example/logo.png',
				purpose: 'logo',
				height: 300,
				width: 300,
				caption: displayName,
				backgroundColor: '#464646',
				foregroundColor: '#FFFFFF',
				fileSize: 9720,
			},
		],
		publisher: { publisherName, publisherWebsite: 'https://publisher.example' },
	};
}

const vcLibs: FrameworkPackageSpec = {
	packageId: 'vclibs-x64',
	contentId: '0f0f0f0f-0000-4000-8000-000000000011',
	packageFullName: 'Microsoft.VCLibs.140.00_14.0.30704.0_x64__8wekyb3d8bbwe',
	packageIdentityName: 'Microsoft.VCLibs.140.00',
	architectures: ['x64'],
	packageFormat: 'appx',
	platforms: [windows10],
	fileSize: 871_000,
	packageRank: 10_000,
};

function samplePackage(architecture: 'x64' | 'x86'): PackageSpec {
	return {
		packageId: `atlas-${architecture}`,
		contentId: '0f0f0f0f-0000-4000-8000-000000000001',
		packageFullName: `Contoso.Atlas_2.1.0.0_${architecture}__0000000000000`,
		packageIdentityName: 'Contoso.Atlas',
		architectures: [architecture],
		packageFormat: 'appxBundle',
		platforms: [windows10],
		fileSize: 48_000_000,
		packageRank: 30_000,
		frameworkDependencyPackages: architecture === 'x64' ? [vcLibs] : [],
	};
}

/** The inventory of the sample tenant. The ids other than Minecraft's are made up. */
export const defaultProducts: readonly ProductSpec[] = [
	{
		productId: 'CFQ7TTC0K5DR',
		productType: 'Application',
		publisherId: 'microsoft-studios',
		category: 'Education',
		packageFamilyName: 'Microsoft.MinecraftEducationEdition_8wekyb3d8bbwe',
		supportedPlatforms: [windows10],
		localized: {
			'en-us': localized('Minecraft: Education Edition', 'Microsoft Studios'),
			'de-de': localized('Minecraft: Education Edition', 'Microsoft Studios'),
		},
		skus: [
			{ skuId: '0001', seatCapacity: 50, lastModified: '2025-09-01T08:00:00Z' },
			{
				skuId: '0002',
				seatCapacity: 6000,
				lastModified: '2026-02-10T08:00:00Z',
				holders: ['grace@contoso.com', 'pupil0001@contoso.com', 'pupil0002@contoso.com'],
			},
			{ skuId: '0004', seatCapacity: 200, lastModified: '2025-11-20T08:00:00Z' },
			{ skuId: '0005', seatCapacity: 30, lastModified: '2024-08-15T08:00:00Z' },
		],
	},
	{
		productId: '9NBLGGH4R2R6',
		category: 'Reference',
		packageFamilyName: 'Contoso.Atlas_0000000000000',
		alternateIds: [
			{ type: 'LegacyWindowStoreProductId', value: '0d0d0d0d-0000-4000-8000-000000000001' },
		],
		supportedPlatforms: [windows10],
		localized: inEnglish('Contoso Atlas', 'Contoso Press'),
		skus: [
			{ skuId: '0016', seatCapacity: 120, lastModified: '2026-01-15T09:00:00Z' },
			{
				skuId: '0017',
				licenseType: 'Offline',
				seatCapacity: 0,
				lastModified: '2026-01-16T09:00:00Z',
				packages: [samplePackage('x64'), samplePackage('x86')],
				offlineLicense: {
					contentId: '0f0f0f0f-0000-4000-8000-000000000001',
					licenseBlob: Buffer.from('<License>emulated, good for nothing</License>').toString(
						'base64',
					),
					licenseInstanceId: '0f0f0f0f-0000-4000-8000-000000000002',
					requestorId: '0f0f0f0f-0000-4000-8000-000000000003',
				},
			},
		],
	},
	{
		productId: '9WZDNCRFJ3Q2',
		category: 'Tools',
		localized: inEnglish('Contoso Notebook', 'Contoso'),
		skus: [{ skuId: '0010', distributionPolicy: 'Open', lastModified: '2025-03-03T12:00:00Z' }],
	},
	{
		productId: '9P0000000001',
		category: 'Education',
		localized: inEnglish('Fabrikam Geometry', 'Fabrikam'),
		skus: [
			{
				skuId: '0001',
				seatCapacity: 5,
				holders: ['ada@contoso.com', 'alan@contoso.com', 'pupil0003@contoso.com'],
				lastModified: '2026-03-01T08:00:00Z',
			},
		],
	},
	{
		productId: '9P0000000002',
		category: 'Education',
		localized: inEnglish('Fabrikam Vocabulary 2019', 'Fabrikam'),
		skus: [
			{
				skuId: '0001',
				seatCapacity: 20,
				status: 'Removed',
				holders: ['pupil0004@contoso.com'],
				lastModified: '2023-06-30T08:00:00Z',
			},
		],
	},
	{
		productId: '9P0000000003',
		category: 'Education',
		skus: [{ skuId: '0001', seatCapacity: 40, lastModified: '2026-04-01T08:00:00Z' }],
	},
	{
		productId: '9P0000000004',
		category: 'Productivity',
		localized: inEnglish('Fabrikam Timetable', 'Fabrikam'),
		skus: [{ skuId: '0001', owned: false }],
	},
];

/** `count` products with one SKU each (`9M0000000001` / `0001`, …), for lists of many pages. */
export function manyProducts(count: number): ProductSpec[] {
	return Array.from({ length: count }, (_, index) => ({
		productId: `9M${String(index + 1).padStart(10, '0')}`,
		localized: inEnglish(`Sample app ${index + 1}`, 'Contoso'),
		skus: [{ skuId: '0001', seatCapacity: 100 + index }],
	}));
}
