import { createRequire } from 'node:module';
import { loadCore } from '../load-core.js';
import { version } from '../version.js';

/** What the command is made of. */
export async function versionText() {
  const undici = createRequire(import.meta.url)('undici/package.json').version;
  const emscripten = (await loadCore()).emscriptenVersion();
  return `fetchloop ${version}\nEmscripten ${emscripten}, undici ${undici}, Node ${process.versions.node}\n`;
}
