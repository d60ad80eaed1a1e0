// Dawn writes warnings to standard error, from C++ and with no switch for it. What it writes while it looks for adapters
// is caught here: by the native addon, or in a process of its own where the addon is not built.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { loadBinary } from '../native/addon.ts';

/** Whether `quietly` keeps anything from the terminal. */
export function canBeQuiet(): boolean {
  return !('reason' in loadBinary());
}

/** What the call returns, and what it wrote to standard error before it returned: Dawn enumerates adapters in the call. */
export function quietly<T>(call: () => T): { result: T; written: string } {
  const addon = loadBinary();
  if ('reason' in addon) return { result: call(), written: '' };
  let result: { value: T } | undefined;
  const written = addon.capturingStderr(() => {
    result = { value: call() };
  });
  return { result: result!.value, written };
}

/** Whether a process of its own gets an adapter from that package, and what was written to its standard error. */
export async function tryApart(packageName: string): Promise<{ found: boolean; written: string }> {
  const url = pathToFileURL(createRequire(import.meta.url).resolve(packageName));
  const script = `
    import { create } from ${JSON.stringify(url)};
    const adapter = await create([]).requestAdapter();
    process.exit(adapter === null ? 1 : 0);`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', script], (error, _, written) =>
      resolve({ found: error === null, written }),
    );
  });
}
