// Copies of a file's bytes with some changed and the end cut off, for tests that feed them to its reader.
import fc from 'fast-check';

export interface Hurt {
  bytes: Buffer;
  /** How many bytes were put; some may be as they were. */
  edits: number;
  /** Where it was cut off, if it was. */
  cut: number | null;
}

export function hurtCopies(whole: Uint8Array): fc.Arbitrary<Hurt> {
  const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) });
  return fc
    .tuple(fc.array(change, { maxLength: 3 }), fc.option(fc.nat(whole.length - 1)))
    .map(([edits, cut]) => {
      const bytes = Buffer.from(whole.subarray(0, cut ?? whole.length));
      for (const { at, value } of edits) if (at < bytes.length) bytes[at] = value;
      return { bytes, edits: edits.length, cut };
    });
}
