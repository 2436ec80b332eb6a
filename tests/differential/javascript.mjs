#!/usr/bin/env node
/**
 * differential.c's counterpart: runs the programs of script.h, a line each, on the loop from JavaScript, and prints what each
 * did and a line of =. With --given each await is given its task or scope, as it must be in browsers; else Node tells.
 */
import { createInterface } from 'node:readline';
import { read } from './javascript/program.mjs';
import { nextSecond, untilIdle } from './javascript/virtual_time.mjs'; // first: it is the clock that the loop takes
import { World } from './javascript/world.mjs';

const { EventLoop } = await import('fetchloop/loop');
const ROUNDS = 3; // of cancelling what is stuck

async function run({ config, block }) {
  const loop = await EventLoop.open();
  const before = loop.bridge.counts();
  const world = new World(loop, config);
  world.begin(block);
  await untilIdle();
  for (let i = 0; i < ROUNDS && world.pending().length > 0; i++) {
    world.trace(null, null, `stuck: ${world.pending().length}`);
    for (const { task } of world.pending()) task.cancel('the end');
    await untilIdle();
  }
  world.trace(null, null, `end: ${world.pending().length}`);
  world.isOver = true;
  const { waits, bodies } = loop.bridge.counts();
  if (world.pending().length === 0 && (waits !== before.waits || bodies !== before.bodies)) {
    world.lines.push(`left behind: ${waits - before.waits} awaits, ${bodies - before.bodies} bodies`);
  }
  return world.lines;
}

process.on('unhandledRejection', (error) => console.log(`unhandled: ${error?.stack ?? error}`));
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  for (const each of await run(read(line))) console.log(each);
  console.log('=');
  nextSecond();
}
