// What BERT's tokenizer takes for words (Devlin et al. 2019): the text is folded, then split at spaces and around every mark of
// punctuation and every Chinese character. As Hugging Face's BertNormalizer and BertPreTokenizer do it.
import { wellFormed } from './well-formed.ts';

/** By the names that a tokenizer.json has for them. */
export interface Folding {
  /** Control characters are dropped. */
  readonly clean_text: boolean;
  readonly handle_chinese_chars: boolean;
  /** null: as `lowercase` says. */
  readonly strip_accents: boolean | null;
  readonly lowercase: boolean;
}

const CONTROL = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\uFFFD]/gu;
const CHINESE =
  /[\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;
/** The symbols of ASCII count as punctuation. */
const WORD = /[^\p{White_Space}\p{P}!-/:-@[-`{-~]+|[\p{P}!-/:-@[-`{-~]/gu;

export function bertWords(text: string, folding: Folding): string[] {
  return folded(wellFormed(text), folding).match(WORD) ?? [];
}

function folded(
  text: string,
  { clean_text, handle_chinese_chars, strip_accents, lowercase }: Folding,
): string {
  let whole = clean_text ? text.replace(CONTROL, '') : text;
  if (handle_chinese_chars) whole = whole.replace(CHINESE, ' $& ');
  if (strip_accents ?? lowercase) whole = whole.normalize('NFD').replace(/\p{Mn}/gu, '');
  // JavaScript writes a word's last sigma ς; letter by letter, as it is done there, a text may be cut anywhere between words.
  return lowercase ? whole.replaceAll('Σ', 'σ').toLowerCase() : whole;
}
