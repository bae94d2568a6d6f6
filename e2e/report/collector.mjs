// A reporter of node:test: one line of JSON for each test that ended, with the groups it stands in.
// A suite that ended early (its setup failed, say) is a failed test of its own.
export default async function* collector(source) {
	const groups = [];
	for await (const { type, data } of source) {
		if (type === 'test:start') groups.length = data.nesting;
		if (type === 'test:start') groups.push(data.name);
		if (type !== 'test:pass' && type !== 'test:fail') continue;
		const isSuite = data.details?.type === 'suite';
		const failure = data.details?.error;
		if (isSuite && (type === 'test:pass' || failure?.failureType === 'subtestsFailed')) continue;
		yield `${JSON.stringify({
			name: data.name,
			groups: groups.slice(0, data.nesting),
			passed: type === 'test:pass',
			skipped: data.skip !== undefined,
			ms: Math.round(data.details?.duration_ms ?? 0),
		})}\n`;
	}
}
