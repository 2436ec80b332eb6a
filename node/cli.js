#!/usr/bin/env node
import module from 'node:module';

// What V8 made of the sources the last time, where Node keeps it (22.8 and later): before all else is loaded.
module.enableCompileCache?.();
const { start } = await import('./command/main.js');
await start(process.argv.slice(2));
