import type { Model } from '../mesh/model.ts';
import { documentOf } from './scene.ts';

/** Is the model one piece that never changes its shape: no skin, no morph target, nothing beside it? */
export function isStill(model: Model): boolean {
	const root = documentOf(model).getRoot();
	const morphs = root.listMeshes().some((mesh) => mesh.listPrimitives().some((one) => one.listTargets().length > 0));
	return model.sources.length === 1 && root.listSkins().length === 0 && !morphs;
}
