import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';

import { connect } from '../n8n/connection';
import type { Runtime } from '../n8n/runtime';
import { OWNED_ADVICE } from '../operations/advice';
import { list, text } from '../store/reading';
import { read, readings, type Structure } from '../store/reads';
import { chosen, FOR_A_PERSON, gaveNoList, matches, patiently, tookTooLong } from './picker';

/**
 * The packages of the chosen product and SKU by full name and architectures, each with the ID that the
 * field takes: of the package itself, or of the content that an offline license is for.
 */
export async function searchPackages(
	context: ILoadOptionsFunctions,
	runtime: Runtime,
	idField: 'packageId' | 'contentId',
	filter?: string,
): Promise<INodeListSearchResult> {
	const key = { productId: chosen(context, 'productId'), skuId: chosen(context, 'skuId') };
	return await patiently(runtime, async (patience) => {
		const { sender } = await connect(context, FOR_A_PERSON, runtime);
		const reply = await patience.until(read(sender, readings.packages(key), patience.left));
		if (reply === undefined) throw tookTooLong(context, 'list of packages');
		if (reply.kind === 'refused') {
			throw gaveNoList(context, 'list of packages', reply.refusal, OWNED_ADVICE);
		}
		const items = new Map<string, INodeListSearchItems>();
		for (const structure of reply.elements) {
			const id = text(structure[idField]);
			if (id !== undefined && !items.has(id))
				items.set(id, { name: nameOf(structure, id), value: id });
		}
		const wanted = filter?.trim().toLowerCase() ?? '';
		return {
			results: [...items.values()].filter((item) => wanted === '' || matches(item, wanted)),
		};
	});
}

function nameOf(structure: Structure, id: string): string {
	const architectures = (list(structure.architectures) ?? []).flatMap((one) => text(one) ?? []);
	return [text(structure.packageFullName) ?? id, architectures.join(', ')]
		.filter((part) => part !== '')
		.join(' · ');
}
