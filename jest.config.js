/** Of n8n-core's dependencies these are ES modules, which jest cannot `require` on Node 20. */
const ES_MODULES = ['p-retry', 'is-network-error', 'p-timeout', 'p-queue', 'eventemitter3'];

/** @type {import('jest').Config} */
module.exports = {
	rootDir: __dirname,
	roots: ['<rootDir>/test'],
	testMatch: ['<rootDir>/test/**/*.spec.ts'],
	transform: {
		'^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.dev.json' }],
		'/node_modules/.+\\.js$': [
			'ts-jest',
			{ tsconfig: { allowJs: true, module: 'commonjs', target: 'es2022', isolatedModules: true } },
		],
	},
	transformIgnorePatterns: [`/node_modules/(?!(?:${ES_MODULES.join('|')})/)`],
	testEnvironment: 'node',
	// n8n-core keeps a timer of its own running (SSHClientsManager), in every process that loads it.
	forceExit: true,
	globalSetup: '<rootDir>/test/support/requireBuild.js',
};
