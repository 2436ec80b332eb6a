import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Figures from fewer rounds, or from a machine that is busy with other work, are not to be quoted. */
export const QUOTABLE = { roundsMin: 5, loadOfOthersMax: 0.1 };

/** A whole number from the environment. */
export function positive(name, standard) {
  const number = Number(process.env[name] || standard);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name} must be a whole number from 1`);
  return number;
}

/** The share of the processors that others use, while the bench does nothing. */
export async function measureOthers() {
  const ticks = () => {
    const times = os.cpus().flatMap((cpu) => Object.entries(cpu.times));
    const add = (entries) => entries.reduce((sum, [, time]) => sum + time, 0);
    return { all: add(times), idle: add(times.filter(([kind]) => kind === 'idle')) };
  };
  const before = ticks();
  await sleep(1000);
  const after = ticks();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}
