// Text that a verb is given beside its options: from a file, or from standard input.
import { createReadStream } from 'node:fs';
import { readable } from '../base/system-error.ts';
import { decodeUtf8 } from '../text/utf8.ts';

export function textOfStdin(): Promise<string> {
  return join(decodeUtf8(process.stdin, 'standard input'));
}

export async function textOfFile(path: string): Promise<string> {
  try {
    return await join(decodeUtf8(createReadStream(path), path));
  } catch (error) {
    throw readable(error, `reading ${path}`);
  }
}

async function join(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}
