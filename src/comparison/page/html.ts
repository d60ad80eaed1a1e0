// Text into HTML: whatever a sample holds, it is shown and never obeyed.

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const DIGITS = 7;

/** JSON that may stand in a script element: nothing in it can end or open one. Numbers have as many digits as can be seen. */
export function embeddedJson(value: unknown): string {
  const short = (_: string, part: unknown) =>
    typeof part === 'number' ? Number(part.toPrecision(DIGITS)) : part;
  return JSON.stringify(value, short).replaceAll('<', '\\u003c');
}
