// Writes native/tokenizer/unicode.inc, the classes of characters that split patterns tell apart: node tools/unicode-classes.mjs
// They are asked of tiktoken, whose words the scanners in C++ must find: each program that has Unicode's tables has another
// version of them.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Tiktoken } from 'tiktoken/lite';

/** In the order of `Class` in native/tokenizer/unicode.h, after OTHER. */
const CLASSES = [
  '[\\p{Lu}\\p{Lt}]',
  '\\p{Ll}',
  '[\\p{Lm}\\p{Lo}]',
  '\\p{M}',
  '\\p{N}',
  '[^\\S\\r\\n]',
  '[\\r\\n]',
];
const PER_LINE = 14;
const BYTES = Array.from({ length: 256 }, (_, byte) => `${btoa(String.fromCharCode(byte))} ${byte}`);

/** The code points that the pattern matches: tiktoken leaves all others out. @param {string} pattern */
export function matching(pattern) {
  const engine = new Tiktoken(BYTES.join('\n'), {}, pattern);
  const found = [];
  for (let from = 0; from < 0x110000; from += 0x1000) {
    if (from >= 0xd800 && from < 0xe000) continue; // surrogates are no characters
    const all = String.fromCodePoint(...Array.from({ length: 0x1000 }, (_, i) => from + i));
    const bytes = Uint8Array.from(engine.encode_ordinary(all.replace(/\p{Cs}/gu, '')));
    for (const character of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
      found.push(/** @type {number} */ (character.codePointAt(0)));
  }
  engine.free();
  return found;
}

/** The class of each code point. */
export function classesOfCodePoints() {
  const classes = new Uint8Array(0x110000);
  CLASSES.forEach((pattern, i) => {
    for (const point of matching(pattern)) {
      if (classes[point]) throw new Error(`U+${point.toString(16)} has two classes`);
      classes[point] = i + 1;
    }
  });
  return classes;
}

/** Where each run of one class begins, and its class. @param {Uint8Array} classes */
export function runsOf(classes) {
  const runs = [];
  for (let point = 0; point < classes.length; point++)
    if (point === 0 || classes[point] !== classes[point - 1]) runs.push(`{${point},${classes[point]}}`);
  return runs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const runs = runsOf(classesOfCodePoints());
  const lines = Array.from({ length: Math.ceil(runs.length / PER_LINE) }, (_, i) =>
    runs.slice(i * PER_LINE, (i + 1) * PER_LINE).join(','),
  );
  const head = '// Runs of code points of one class, by their first. Written by tools/unicode-classes.mjs.';
  const file = new URL('../native/tokenizer/unicode.inc', import.meta.url);
  writeFileSync(file, `${head}\n${lines.join(',\n')}\n`);
}
