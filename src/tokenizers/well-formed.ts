// Text without lone surrogates: half a pair is no character.

/** U+FFFD takes its place, as in every UTF-8 encoder. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD');
}
