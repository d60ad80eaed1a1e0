// Splits a text at white space as Python does, whose programs the published scores come from: JavaScript's `\s` has U+FEFF
// besides, and lacks U+0085 and the separators U+001C to U+001F.

const SPACES = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const BETWEEN = new RegExp(SPACES);
const AT_END = new RegExp(`${SPACES}$`);

export function splitWords(text: string): string[] {
  return text.split(BETWEEN).filter((word) => word !== '');
}

export function withoutSpaceAtEnd(text: string): string {
  return text.replace(AT_END, '');
}
