// How a tokenizer.json makes a text of tokens.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { bytesOfBinary, textOfBinary } from '../bytes.ts';
import { parsed } from '../json-parts.ts';
import { type Part, partsOf, unknownPart } from './parts.ts';

export interface Decoder {
  textOf(tokens: readonly string[]): string;
  /** The bytes of a token that is not the first. */
  bytesOf(token: string): Uint8Array;
}

type Step = (tokens: readonly string[]) => readonly string[];

/** Of tokens that are made of bytes, which are given as binary strings. */
const BYTE_LEVEL: Decoder = {
  textOf: (tokens) => textOfBinary(tokens.join('')),
  bytesOf: bytesOfBinary,
};

const replaceSchema = z.object({ pattern: z.object({ String: z.string().min(1) }), content: z.string() });
const stripSchema = z.object({ content: z.string().length(1), start: z.int().min(0), stop: z.int().min(0) });
const metaspaceSchema = z.object({
  replacement: z.string().min(1),
  prepend_scheme: z.enum(['always', 'first', 'never']).default('always'),
});

const KNOWN: Readonly<Record<string, (part: Part) => Step>> = {
  ByteFallback: () => withBytes,
  Fuse: () => (tokens) => [tokens.join('')],
  Replace: ({ json, where }) => {
    const { pattern, content } = parsed(replaceSchema, json, where);
    return (tokens) => tokens.map((token) => token.replaceAll(pattern.String, () => content));
  },
  Strip: ({ json, where }) => {
    const { content, start, stop } = parsed(stripSchema, json, where);
    return (tokens) => tokens.map((token) => stripped(token, content, start, stop));
  },
  Metaspace: ({ json, where }) => {
    const { replacement, prepend_scheme } = parsed(metaspaceSchema, json, where);
    return (tokens) =>
      tokens.map((token, i) => {
        const text = token.replaceAll(replacement, ' ');
        return i === 0 && prepend_scheme !== 'never' ? text.replace(/^ /, '') : text;
      });
  },
};

export function decoderFrom(section: unknown, isByteLevel: boolean): Decoder {
  const parts = partsOf(section, 'decoder', 'decoders');
  const types = parts.map(({ type }) => type);
  if (isByteLevel || types.includes('ByteLevel')) {
    if (isByteLevel && types.join() === 'ByteLevel') return BYTE_LEVEL;
    const expected = isByteLevel ? 'ByteLevel alone, as text is split into bytes' : 'none of bytes';
    throw new TsgptError(`decoder: expected ${expected}, but got ${types.join(', ') || 'none'}`);
  }
  const steps = parts.map((part) => {
    if (!Object.hasOwn(KNOWN, part.type)) throw unknownPart(part, KNOWN);
    return KNOWN[part.type]!(part);
  });
  if (!types.includes('ByteFallback')) throw new TsgptError('decoder: expected ByteFallback among its parts');
  const inside = steps.filter((_, i) => types[i] !== 'Strip');
  const apply = (all: readonly Step[], tokens: readonly string[]) =>
    all.reduce((done, step) => step(done), tokens).join('');
  return {
    textOf: (tokens) => apply(steps, tokens),
    bytesOf: (token) => {
      const byte = byteOf(token);
      // After another token, as Metaspace treats the first one otherwise.
      return byte === undefined ? new TextEncoder().encode(apply(inside, ['', token])) : Uint8Array.of(byte);
    },
  };
}

/** "<0x0A>" → 10 */
function byteOf(token: string): number | undefined {
  return /^<0x[\dA-Fa-f]{2}>$/.test(token) ? Number.parseInt(token.slice(3, 5), 16) : undefined;
}

/** Bytes that follow one another are a text, or, if they are none, U+FFFD each. */
function withBytes(tokens: readonly string[]): string[] {
  const whole: string[] = [];
  let bytes: number[] = [];
  const end = () => {
    if (bytes.length > 0) whole.push(utf8(Uint8Array.from(bytes)) ?? '\ufffd'.repeat(bytes.length));
    bytes = [];
  };
  for (const token of tokens) {
    const byte = byteOf(token);
    if (byte === undefined) {
      end();
      whole.push(token);
    } else bytes.push(byte);
  }
  end();
  return whole;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function stripped(token: string, content: string, most: number, mostAtEnd: number): string {
  let [start, end] = [0, token.length];
  while (start < Math.min(most, end) && token[start] === content) start++;
  while (end > start && token.length - end < mostAtEnd && token[end - 1] === content) end--;
  return token.slice(start, end);
}
