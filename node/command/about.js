import { createRequire } from 'node:module';
import { emscriptenVersion, loadCore } from '../load-core.js';
import { version } from '../version.js';

/** What the command is made of. */
export async function versionText() {
  const undici = createRequire(import.meta.url)('undici/package.json').version;
  await loadCore();
  return `fetchloop ${version}\nEmscripten ${emscriptenVersion()}, undici ${undici}, Node ${process.versions.node}\n`;
}
