import { readGltfDocument } from '../../src/formats/gltf.ts';
import { flattenScene } from '../../src/formats/scene.ts';
import { rawGlb } from './documents.ts';
const kind = process.argv[2]; const N = 100_000;
const bin = new Uint8Array(36); new Float32Array(bin.buffer).set([0,0,0,1,0,0,0,1,0]);
const acc = { bufferView: 0, componentType: 5126, count: 3, type: 'VEC3' };
const j: any = { asset: { version: '2.0' }, scenes: [{ nodes: [0] }], nodes: [{ mesh: 0 }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }], accessors: [acc], bufferViews: [{ buffer: 0, byteLength: 36 }], buffers: [{ byteLength: 36 }] };
if (kind === 'nodes') { j.nodes = Array(N).fill({ mesh: 0 }); j.scenes[0].nodes = [...Array(N).keys()]; }
if (kind === 'star') { j.nodes = [{ children: [...Array(N - 1).keys()].map((i) => i + 1) }, ...Array(N - 1).fill({ mesh: 0 })]; }
if (kind === 'accessors') j.accessors = Array(N).fill(acc);
if (kind === 'meshes') { j.meshes = Array(N).fill(j.meshes[0]); }
if (kind === 'prims') { j.meshes = [{ primitives: Array(N).fill(j.meshes[0].primitives[0]) }]; }
if (kind === 'materials') j.materials = Array(N).fill({});
if (kind === 'channels') j.animations = [{ samplers: [{ input: 0, output: 0 }], channels: Array(N).fill({ sampler: 0, target: { node: 0, path: 'scale' } }) }];
if (kind === 'targets') j.meshes[0].primitives[0].targets = Array(N).fill({ POSITION: 0 });
if (kind === 'joints') j.skins = [{ joints: Array(N).fill(0) }];
const t = performance.now();
try { const { document } = await readGltfDocument(rawGlb(j, bin), { limits: { depth: 1e6 } }); console.log('read', (performance.now() - t) | 0);
const m = flattenScene(document, { format: 'x' }); } catch (e) { console.log(String(e)); }
console.log(kind, (performance.now() - t) | 0, 'ms', process.resourceUsage().maxRSS / 1024 | 0, 'MB');
