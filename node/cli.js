#!/usr/bin/env node
import './command/start-up.js';
import { harmless } from '../web/errors.js';
import { main } from './command/main.js';
import { UsageError } from './command/usage-error.js';

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`fetchloop: ${harmless(error.message)}\n`);
  process.exit(2);
}
