import base from '/work/main/packages/viewer/vite.config.ts';
import { existsSync } from 'node:fs';
const stub = () => ({ name: 'stub', enforce: 'pre', resolveId(id: string, from: string) {
  const m = /render\/(render-\w+)\.ts$/.exec(id);
  if (m && !existsSync(`/work/main/packages/engine/src/render/${m[1]}.ts`)) return `\0stub-${m[1]}`;
}, load(id: string) { if (id === '\0stub-render-model') return 'export const renderModel = () => ({width:1,height:1,pixels:new Uint8Array(4)})'; if (id === '\0stub-render-parts') return 'export const renderParts = () => ({width:1,height:1,pixels:new Uint8Array(4)})'; } });
export default { ...base, root: '/work/main/packages/viewer', plugins: [...base.plugins, stub()], worker: { ...base.worker, plugins: () => [stub(), ...base.worker.plugins()] }, build: { ...base.build, outDir: '/tmp/cli/dist', emptyOutDir: true } };
