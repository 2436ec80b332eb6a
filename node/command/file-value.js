import { readFileSync } from 'node:fs';
import { cannotRead } from './cannot-read.js';

/**
 * What stands behind an option's `@`. @param {string} name - is stdin @returns {Buffer} */
export function fileValue(name) {
  try {
    return readFileSync(name === '-' ? 0 : name);
  } catch (error) {
    throw cannotRead(name === '-' ? 'stdin' : name, error);
  }
}
