// What is not published: n8n's rules for published code do not apply here, ordinary care does.
import js from '@eslint/js';
import globals from 'globals';
import { globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default tseslint.config(
	globalIgnores([
		'dist',
		'nodes',
		'credentials',
		'**/node_modules',
		'coverage',
		'e2e/.cache',
		'.cache',
	]),
	js.configs.recommended,
	tseslint.configs.recommended,
	{ languageOptions: { globals: { ...globals.node } } },
	{
		// Answers of the emulator are looked into as JSON; what is in them is what the test is about.
		files: ['test/emulator/**'],
		rules: { '@typescript-eslint/no-explicit-any': 'off' },
	},
	{
		files: ['**/*.js'],
		rules: { '@typescript-eslint/no-require-imports': 'off' },
	},
);
