// Tokens as bytes. Inside this folder a token is a "binary string": one character per byte, code 0–255, because
// such strings are small and serve as Map keys. On disk each byte is one printable character, as GPT-2 chose them.
import { TsgptError } from '../base/errors.ts';

/** The tokens of single bytes, as binary strings. */
export const BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));

/** Those that occur in UTF-8. */
export const UTF8_BYTES = BYTES.filter((_, byte) => byte < 0xc0 || (byte > 0xc1 && byte < 0xf5));

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The printable character that stands for each byte: itself where it can be seen, else the next one from U+0100. */
const SYMBOLS: readonly string[] = listSymbols();
const BYTE_OF_SYMBOL = new Map(SYMBOLS.map((symbol, byte) => [symbol, String.fromCharCode(byte)]));

function listSymbols(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
}

function isVisible(byte: number): boolean {
  return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
}

/** 'é' → '\xc3\xa9' */
export function binaryOf(text: string): string {
  return Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join('');
}

export function bytesOfBinary(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Bytes that are not UTF-8 become U+FFFD. */
export function textOfBinary(binary: string): string {
  return decoder.decode(bytesOfBinary(binary));
}

/** ' é' as bytes → 'ĠÃ©' */
export function symbolsOf(binary: string): string {
  let symbols = '';
  for (let i = 0; i < binary.length; i++) symbols += SYMBOLS[binary.charCodeAt(i)];
  return symbols;
}

/** Whether a token is written as symbols of bytes. */
export function isSymbols(token: string): boolean {
  return Array.from(token).every((symbol) => BYTE_OF_SYMBOL.has(symbol));
}

export function binaryOfSymbols(symbols: string): string {
  let binary = '';
  for (const symbol of symbols) {
    const byte = BYTE_OF_SYMBOL.get(symbol);
    if (byte === undefined) {
      throw new TsgptError(`the token ${JSON.stringify(symbols)} is not written in byte-level characters`);
    }
    binary += byte;
  }
  return binary;
}
