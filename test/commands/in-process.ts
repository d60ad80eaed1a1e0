// The command line in the test's own process, for what needs no process of its own: a start takes longer than most mistakes.
import { run } from '../../src/commands/program.ts';
import type { Ended } from '../program.ts';

/** What it prints, and the code it would end with. One at a time: the streams are the process's. `main` may be another's. */
export async function tsgptHere(words: readonly string[], cwd: string, main = run): Promise<Ended> {
  const [before, { exitCode }] = [process.cwd(), process];
  const [out, err] = [captured(process.stdout), captured(process.stderr)];
  process.exitCode = undefined;
  process.chdir(cwd);
  try {
    await main(words);
    return { code: Number(process.exitCode ?? 0), signal: null, stdout: out.text(), stderr: err.text() };
  } finally {
    process.chdir(before);
    process.exitCode = exitCode;
    for (const { restore } of [out, err]) restore();
  }
}

function captured(stream: NodeJS.WriteStream) {
  const { write } = stream;
  let text = '';
  stream.write = (piece: Uint8Array | string) => {
    text += piece;
    return true;
  };
  return {
    text: () => text,
    restore: () => {
      stream.write = write;
    },
  };
}
