// Replaces lone surrogates, which are no characters.

/** U+FFFD takes its place, as in every UTF-8 encoder. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD');
}
