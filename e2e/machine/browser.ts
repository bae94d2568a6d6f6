import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium as Debian and others install it, or where CHROMIUM_PATH says. */
export const chromiumPath = (): string | undefined =>
	[process.env.CHROMIUM_PATH, ...PLACES].find(
		(place) => place !== undefined && place !== '' && existsSync(place),
	);

/** What to say where there is no browser; undefined where there is one. */
export const missingBrowser = (): string | undefined =>
	chromiumPath() === undefined
		? 'There is no Chromium here: apt-get install chromium, or set CHROMIUM_PATH.'
		: undefined;

/** Without a sandbox (root has none) and without a word to any host of its maker. */
export const CHROMIUM_FLAGS = [
	'--headless',
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];
