// Texts that tokenizers stumble over, and text sources made of strings.
import fc from 'fast-check';
import type { TextSource } from '../../src/text/source.ts';

export const LONE_SURROGATES = 'a\ud800b \udc00\ud83d c\udfff';

export const WELL_FORMED: readonly string[] = [
  '',
  ' ',
  "Hello, world! It’s 12345 o’clock; they'll say I'VE won't.",
  'family 👨‍👩‍👧‍👦 flag 🏴󠁧󠁢󠁳󠁣󠁴󠁿 skin 👍🏽🏳️‍🌈',
  'e\u0301 ñ n\u0303 Å a\u0323\u0307 Z͑ͫ̓a̴͝l̕g҉o',
  '日本語のテキスト、漢字とかな。中文 한국어 조합 \u1112\u1161\u11ab',
  'ไทย हिन्दी العربية עִבְרִית ქართული',
  'a  b   c    d     e                          f ',
  '\t\ttab\t \tmix\t  ',
  'one\ntwo\r\nthree\rfour\u2028five\u2029six\u0085seven\u0085\u0085\n\n\n\r\n\r\n  end\n ',
  'nbsp\u00a0\u00a0x\u3000y\u200bz\u202fw\u180ev',
  '\ufeffBOM first\ufeff and \ufeff\ufeff inside',
  'zero\u0000byte \u0001\u007f\u009f',
  'function f(x) {\n    return x ** 2; // ¼ ² Ⅷ ₃\n}\n',
  '𝒜𝓵𝓰𝓮𝓫𝓻𝓪 𐍈 \u{10ffff}\uffff',
  'aaaaaaaaaaaaaaaa bbbbbbb    1111111111',
];

/** One document per string; `size` cuts them into pieces. */
export function sourceOf(documents: readonly string[], size = Number.POSITIVE_INFINITY): TextSource {
  return {
    description: 'the test’s text',
    async *pieces() {
      for (const document of documents) {
        let at = 0;
        do {
          const text = document.slice(at, at + size);
          at += text.length;
          yield { text, endsDocument: at >= document.length };
        } while (at < document.length);
      }
    },
  };
}

/** Any Unicode text, with words and white space more often than chance gives them. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        ...WELL_FORMED,
        ' the',
        ' ',
        '  ',
        '\n',
        '\r\n',
        "'s",
        "'S",
        '\t',
        '12',
        '1234',
        'ing',
        '。',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
