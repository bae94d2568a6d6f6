// Loaded into every n8n process of the suite (node --require).
// 1. No connection leaves this machine: a name or an address that is not loopback is refused and noted
//    in the file that STORE_SEATS_E2E_OUTBOUND names, so that the suite can tell that nothing tried.
// 2. The process does not outlive the suite, however that ended: its whole group goes with it.
const { appendFileSync } = require('node:fs');
const dns = require('node:dns');
const net = require('node:net');

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|::|0\.0\.0\.0)$/i;

function refuse(host) {
	const note = process.env.STORE_SEATS_E2E_OUTBOUND;
	if (note) appendFileSync(note, `${host}\n`);
	const error = new Error(`The suite allows no traffic but loopback, and this was for ${host}`);
	return Object.assign(error, { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo' });
}

const lookup = dns.lookup;
dns.lookup = function guardedLookup(host, options, callback) {
	if (!host || LOOPBACK.test(host)) return lookup.call(dns, host, options, callback);
	const done = typeof options === 'function' ? options : callback;
	process.nextTick(done, refuse(host));
	return {};
};
const lookupPromise = dns.promises.lookup;
dns.promises.lookup = async function guardedLookup(host, options) {
	if (!host || LOOPBACK.test(host)) return await lookupPromise.call(dns.promises, host, options);
	throw refuse(host);
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function guardedConnect(...args) {
	const given = Array.isArray(args[0]) ? args[0][0] : args[0];
	const host = typeof given === 'object' && given !== null ? given.host : args[1];
	if (typeof host === 'string' && net.isIP(host) && !LOOPBACK.test(host)) {
		const error = refuse(host);
		process.nextTick(() => this.destroy(error));
		return this;
	}
	return connect.apply(this, args);
};

const parent = process.ppid;
setInterval(() => {
	if (process.ppid !== parent) process.kill(0, 'SIGKILL');
}, 500).unref();
