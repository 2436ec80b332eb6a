/** The small programs of src/host/lesson.c, on the loop of the C core: build/web/lesson, compiled once. */
import createModule from '../../../build/web/lesson.mjs';
import source from '../../../build/web/lesson.wasm'; // its URL, or in the page that is one file its bytes
import { once } from '../../wasm.js';

const compiled = once(async () =>
  typeof source === 'string'
    ? WebAssembly.compileStreaming(fetch(new URL(source, import.meta.url)))
    : WebAssembly.compile(source),
);

/** @param {object} told of each moment, see src/host/library_lesson.js */
export async function createLesson(told) {
  return createModule({ wasm: await compiled(), lesson: told });
}
