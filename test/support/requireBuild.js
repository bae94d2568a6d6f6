const { existsSync } = require('node:fs');
const { join } = require('node:path');

/** The engine tests load the package as n8n does, from `dist/`; without it they would test nothing. */
module.exports = async () => {
	const entry = join(__dirname, '../../dist/nodes/StoreSeats/StoreSeats.node.js');
	if (!existsSync(entry)) throw new Error('dist/ is missing: run `npm run build` first');
};
