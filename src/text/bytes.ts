// The bytes of a stream; an error of the system names the input.

import type { Readable } from 'node:stream';
import { messageOf, TsgptError } from '../base/errors.ts';

/** `open` is called when the first byte is asked for. `name` is what errors call the input. */
export async function* bytesOf(open: () => Readable, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* open();
  } catch (error) {
    throw new TsgptError(`cannot read ${name}: ${messageOf(error)}`, undefined, { cause: error });
  }
}
