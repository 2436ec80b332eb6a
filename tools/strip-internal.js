#!/usr/bin/env node
/**
 * Usage: tools/strip-internal.js FOLDER
 *
 * Takes out of the .d.ts files in FOLDER what is tagged @internal, and the imports that only this needed. tsc's stripInternal does it for
 * TypeScript alone, not for what comes from JSDoc. An internal constructor becomes a protected one: without any, the class could be
 * made as its parent is.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

const [folder] = process.argv.slice(2);
for (const name of await readdir(folder, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join(folder, name);
  const text = await readFile(path, 'utf8');
  const stripped = stripInternal(text);
  if (stripped !== text) await writeFile(path, withoutUnusedImports(stripped));
}

function stripInternal(text) {
  const cuts = [];
  const visit = (node) => {
    if (!ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')) ts.forEachChild(node, visit);
    else if (ts.isConstructorDeclaration(node)) cuts.push({ node, put: '\n    protected constructor();' });
    else cuts.push({ node, put: '' });
  };
  ts.forEachChild(parse(text), visit);
  return withCuts(text, cuts);
}

function withoutUnusedImports(text) {
  const used = new Set();
  const imports = [];
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) imports.push(node);
    else if (ts.isIdentifier(node)) used.add(node.text);
    else ts.forEachChild(node, visit);
  };
  ts.forEachChild(parse(text), visit);
  const isUnused = ({ importClause }) =>
    importClause?.namedBindings?.elements?.every(({ name }) => !used.has(name.text)) ?? false;
  return withCuts(
    text,
    imports.filter(isUnused).map((node) => ({ node, put: '' })),
  );
}

function parse(text) {
  return ts.createSourceFile('types.d.ts', text, ts.ScriptTarget.Latest, true);
}

function withCuts(text, cuts) {
  return cuts.reduceRight((left, { node, put }) => left.slice(0, node.pos) + put + left.slice(node.end), text);
}
