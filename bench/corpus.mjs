// Text of any size to measure tokenizers with, drawn from a seed: real words, as OpenAI's vocabularies have them, about as often as
// their rank says (Zipf's law), and now and then one that has not occurred before.
import { closeSync, openSync, writeSync } from 'node:fs';
import { keyFor, Stream } from '#dist/base/random.js';
import { tiktokenEncoding } from '#dist/tokenizers/encodings.js';

const SCRIPTS = [
  'Latin',
  'Cyrillic',
  'Han',
  'Hiragana',
  'Hangul',
  'Arabic',
  'Devanagari',
  'Greek',
  'Hebrew',
  'Thai',
];
const PIECE = 2 ** 20;

/** The words of a vocabulary that begin with a space or are of a script without spaces, the frequent ones first. @param {'gpt2' | 'o200k_base'} name @param {RegExp} form */
async function wordsOf(name, form) {
  const tokenizer = await tiktokenEncoding(name);
  const all = Array.from({ length: tokenizer.endOfText ?? 0 }, (_, id) => tokenizer.decode([id]));
  return all.filter((word) => form.test(word));
}

/** Draws texts. @param {'english' | 'mixed'} kind @param {number} seed @returns {Promise<(characters: number) => string>} */
export async function writer(kind, seed = 1) {
  const lists =
    kind === 'english'
      ? [await wordsOf('gpt2', /^ [A-Za-z]{1,16}$/)]
      : await Promise.all(
          SCRIPTS.map((script) => wordsOf('o200k_base', new RegExp(`^ ?\\p{Script=${script}}{1,20}$`, 'u'))),
        );
  const stream = new Stream(keyFor(seed, 'benchmark', 0));
  const draw = (/** @type {readonly string[]} */ words) =>
    /** @type {string} */ (words[Math.floor(words.length ** stream.uniform()) - 1] ?? words[0]);
  return (characters) => {
    const parts = [];
    for (let length = 0; length < characters; ) {
      const words = /** @type {string[]} */ (lists[Math.floor(stream.uniform() * lists.length)]);
      const count = 5 + Math.floor(stream.uniform() * 20);
      let sentence = '';
      for (let i = 0; i < count; i++) {
        sentence += draw(words);
        const dice = stream.uniform();
        if (dice < 0.02)
          sentence += draw(words).trim() + draw(words).trim(); // a new word
        else if (dice < 0.08) sentence += ',';
        else if (dice < 0.09) sentence += ` ${Math.floor(stream.uniform() * 3000)}`;
      }
      sentence += stream.uniform() < 0.2 ? '.\n\n' : '.';
      parts.push(sentence);
      length += sentence.length;
    }
    return parts.join('').slice(0, characters);
  };
}

/** Writes a file of about so many bytes. @param {string} path @param {'english' | 'mixed'} kind @param {number} bytes */
export async function writeCorpus(path, kind, bytes) {
  const write = await writer(kind);
  const file = openSync(path, 'w');
  for (let written = 0; written < bytes; )
    written += writeSync(file, `${write(Math.min(PIECE, bytes - written))}\n`);
  closeSync(file);
}
