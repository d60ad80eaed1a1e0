#!/usr/bin/env node
// The command line's process: its exit code, and what ends it from outside.
import { INTERRUPTED } from './commands/interrupt.ts';
import { run } from './commands/program.ts';

// A reader that leaves early (`tsgpt sample … | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

// Left by process.exit, so that temporary files are removed; a verb that saves first listens itself.
process.on('SIGINT', () => {
  if (process.listenerCount('SIGINT') === 1) process.exit(INTERRUPTED);
});

await run(process.argv.slice(2));
