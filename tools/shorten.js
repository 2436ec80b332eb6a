/**
 * What bundle.js makes for browsers, in fewer bytes: terser takes a twentieth off what esbuild leaves, and shortens the names that
 * no user has.
 */
import { readFile } from 'node:fs/promises';
import { minify } from 'terser';

/**
 * Fields and methods by which our own files alone know each other. None may be an export's, or be named in a text; what a
 * browser has a name of, too, terser leaves as it is.
 */
const INNER = `
  addOwner removeOwner ownersIn setWire openBatch closeBatch batchWants batchTaken batchQueued errorNamed onTold
  onTrace onEnd onWants onResponse onSending onRequest onClosed makeResponse makeResult makeOutcome makeWire
  untilThere urlOf tellTrace requestedURL bytesMax onStep xhrs readyAt requestOptions mistake headersAt settle
  bodySize lastAt onEnded hasBody onFinished startedAt attemptAt endedAt queuedAt sink watched takeStream onDropped
  isForeign resumes encodedBytes hasQuota unwanted shorten replayable responseHeaders traced effectiveUrl
`;

const inner = new RegExp(`^(_..+|${INNER.trim().replace(/\s+/g, '|')})$`); // a shorter _ is the wasm's
const compress = {
  passes: 3,
  keep_fargs: false,
  unsafe_arrows: true,
  pure_getters: true,
  hoist_funs: true,
  // Either would save bytes, but not when gzipped.
  inline: 1,
  lhs_constants: false,
};

/** The short names of a file, which those beside it must know, too. */
export class Names {
  /** Of fields, as terser has them: the long names, each after a $. */
  fields = {};
  /** Of what it exports. */
  exports = new Map();
}

/** @param {string} code a bundle @param {Names} names are added to */
export async function shorten(code, names) {
  const nameCache = { props: { props: names.fields } };
  const mangle = { properties: { regex: inner } }; // made anew: terser writes into it, too
  const shorter = await minify(withOneImport(code), { module: true, ecma: 2020, compress, mangle, nameCache });
  names.fields = nameCache.props.props;
  return shorter.code;
}

/**
 * Of the module's calls, which Emscripten assigns one by one, the wasm's own names are enough. For esbuild.
 * @param {Names} names
 */
export const withWasmNames = (names) => ({
  name: 'with-wasm-names',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]build[\\/]web[\\/]fetchloop[\w-]*\.mjs$/ }, async ({ path }) => {
      const glue = await readFile(path, 'utf8');
      if (!glue.includes(ASSIGN)) return { contents: glue }; // another Emscripten's
      const contents = glue
        .replace(/\w+=Module\["(\w+)"\]=wasmExports\["([\w$]+)"\];/g, (_all, name, short) => {
          names.fields[`$${name}`] = short;
          return '';
        })
        .replace(ASSIGN, '$&Object.assign(Module,wasmExports);');
      return { contents };
    });
  },
});

const ASSIGN = 'function assignWasmExports(wasmExports){';

/** What index.js exports for the files beside it alone, it exports by the names that terser gave it. */
export function withShortExports(code, open, names) {
  const [clause] = code.match(/export\{[^}]*\};$/);
  const short = clause.replace(/([\w$]+) as ([\w$]+)/g, (all, local, name) => {
    if (open.includes(name)) return all;
    names.exports.set(name, local);
    return local;
  });
  return code.replace(clause, () => short);
}

export function withShortImports(code, names) {
  const [clause = ''] = code.match(/\bimport\{[^}]*\}from"\.\/index\.js"/) ?? [];
  const short = clause.replace(/([\w$]+)(?= as )/g, (name) => names.exports.get(name) ?? name);
  return code.replace(clause, () => short);
}

/** Of index.js: each file that a bundle is made of has its own. */
function withOneImport(code) {
  const imported = [];
  const rest = code.replace(/import\{([^}]*)\}from"\.\/index\.js";/g, (_all, some) => {
    imported.push(some);
    return '';
  });
  return imported.length > 0 ? `import{${imported}}from"./index.js";${rest}` : code;
}
