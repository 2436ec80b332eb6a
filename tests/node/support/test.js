/** What every test file needs: tests that don't hang, sessions that are closed. */
import assert from 'node:assert/strict';
import { test as nodeTest } from 'node:test';
import { ClientSession } from 'fetchloop';

/** Long after any test has passed: a behaviour that never comes fails its own test, and not the whole run. */
const PATIENCE_MS = 10_000;

/**
 * @param {string} name the behaviour
 * @param {(t: import('node:test').TestContext) => Promise<void> | void} body
 * @param {{ timeout?: number }} [options]
 */
export function test(name, body, { timeout = PATIENCE_MS } = {}) {
  return nodeTest(name, { timeout }, body);
}

/** @param {{ after: (stop: () => unknown) => void }} t the test, or { after } of node:test for all the file's tests */
export async function openSession(t, options) {
  const session = await ClientSession.open(options);
  t.after(() => session.close());
  return session;
}

/** All of an async iterable, in its order. @template T @param {AsyncIterable<T>} results @returns {Promise<T[]>} */
export async function collect(results) {
  const all = [];
  for await (const result of results) all.push(result);
  return all;
}

/** Wait for what another process, or the network, is about to do. @param {() => unknown} holds */
export async function eventually(holds) {
  const givenUpAt = performance.now() + PATIENCE_MS * 0.9; // before the test is, else this would go on after it
  while (!(await holds())) {
    assert.ok(performance.now() < givenUpAt, `never came: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** `${origin}/0`, `${origin}/1`, … @param {string} origin @param {number} count */
export function urlsOf(origin, count) {
  return Array.from({ length: count }, (_, i) => `${origin}/${i}`);
}
