// Text that a verb is given beside its options: from a file, or from standard input. It is held whole in memory.
import { createReadStream } from 'node:fs';
import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { readable } from '../base/system-error.ts';
import { decodeUtf8 } from '../text/utf8.ts';

export function textOfStdin(): Promise<string> {
  return joined(process.stdin, 'standard input');
}

export async function textOfFile(path: string): Promise<string> {
  try {
    return await joined(createReadStream(path), path);
  } catch (error) {
    throw readable(error, `reading ${path}`);
  }
}

const MOST_CHARACTERS = 2 ** 24;

async function joined(bytes: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  let text = '';
  for await (const piece of decodeUtf8(bytes, name)) {
    text += piece;
    if (text.length > MOST_CHARACTERS)
      throw new TsgptError(
        `expected ${name} to have at most ${formatCount(MOST_CHARACTERS)} characters, but it has more`,
        'a text of any length can be made into tokens by tsgpt prepare',
      );
  }
  return text;
}
