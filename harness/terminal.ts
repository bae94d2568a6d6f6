import type { Command } from 'commander';

/** What is wrong with the command line, in a sentence, and where to look next. */
export const plainSpoken = (command: Command): Command =>
	command
		.configureOutput({ outputError: (text, write) => write(sentence(text)) })
		.showHelpAfterError('Add --help to see what there is.');

function sentence(text: string): string {
	const words = text.replace(/^error: /, '').trimEnd();
	const capital = words.charAt(0).toUpperCase() + words.slice(1);
	return `${/[.!?]$/.test(capital) ? capital : `${capital}.`}\n`;
}
