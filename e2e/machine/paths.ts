import { join } from 'node:path';

export const E2E = join(__dirname, '..');
export const ROOT = join(E2E, '..');
export const EXAMPLE_WORKFLOWS = join(ROOT, 'examples', 'workflows');
export const IMAGES = join(ROOT, 'docs', 'images');
export const VERSIONS_DOCUMENT = join(ROOT, 'docs', 'n8n-versions.md');

/** What is installed here may be kept between runs; nothing else is written outside a run's own folder. */
export const CACHE = process.env.STORE_SEATS_E2E_CACHE ?? join(E2E, '.cache');

/** The ends of n8n 2.x that the package is verified on, newest first. */
export const N8N_VERSIONS = ['2.41.1', '2.0.3'] as const;
export type N8nVersion = (typeof N8N_VERSIONS)[number];
export const NEWEST: N8nVersion = '2.41.1';

export const isN8nVersion = (text: string | undefined): text is N8nVersion =>
	N8N_VERSIONS.some((version) => version === text);
