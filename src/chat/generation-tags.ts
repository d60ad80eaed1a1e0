// transformers' {% generation %} … {% endgeneration %}, which tells what of a conversation the model wrote. The interpreter would
// drop the tags; here they become marks in what is written.
import { randomUUID } from 'node:crypto';
import { TsgptError } from '../base/errors.ts';
import type { Span } from './tokens.ts';

const TAG = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;
const BEGINS = 'tsgpt_generation_begins';
const ENDS = 'tsgpt_generation_ends';

export function hasGenerationTags(template: string): boolean {
  return template.search(TAG) >= 0;
}

/** The outer tags are statements, as the tag was, so that white space beside them goes as it did. */
export function withMarks(template: string): string {
  return template.replace(
    TAG,
    (_, left: string, ends: string | undefined, right: string) =>
      `{%${left} if true %}{{ ${ends ? ENDS : BEGINS} }}{% endif ${right}%}`,
  );
}

/** Nothing that a conversation holds can be a mark, as each is drawn anew. */
export class Marks {
  readonly #begins = randomUUID();
  readonly #ends = randomUUID();

  get variables(): Record<string, string> {
    return { [BEGINS]: this.#begins, [ENDS]: this.#ends };
  }

  /** The text without the marks, and the stretches between them. */
  read(marked: string): { text: string; spans: Span[] } {
    const [before, ...rest] = marked.split(this.#begins) as [string, ...string[]];
    let text = before;
    const spans: Span[] = [];
    for (const part of rest) {
      const [written, after, ...more] = part.split(this.#ends);
      if (after === undefined || more.length > 0)
        throw new TsgptError('the chat template fails: its generation tags are not in pairs');
      if (written !== '') spans.push({ from: text.length, to: text.length + written!.length });
      text += written! + after;
    }
    return { text, spans };
  }
}

/** For a rendering in which nobody asks what was generated. */
export const NO_MARKS = { [BEGINS]: '', [ENDS]: '' };
