// Conversations as texts, as tokens and as what is learned of them, against transformers.
import { afterAll, describe, expect, it } from 'vitest';
import { hasGenerationTags } from '../../src/chat/generation-tags.ts';
import { ChatTemplate } from '../../src/chat/template.ts';
import { type Example, encodeRendered } from '../../src/chat/tokens.ts';
import { GOLDEN, tokenizerWith } from './golden.ts';

/** Up to the last token that is learned. */
function upToLast({ ids, said }: { ids: number[]; said: number[] }) {
  const length = said.lastIndexOf(1) + 1;
  return { ids: ids.slice(0, length), said: said.slice(0, length) };
}

const plain = ({ ids, learned }: Example) => ({ ids: [...ids], said: [...learned] });

describe.each(Object.entries(GOLDEN.templates))('%s', (name, golden) => {
  const tagged = new ChatTemplate(tokenizerWith(golden, golden.tagged));
  const tokenizer = tokenizerWith(golden, golden.untagged);
  const untagged = new ChatTemplate(tokenizer);
  afterAll(() => {
    tagged.close();
    untagged.close();
  });

  it.each(golden.cases)(
    'text, prompt and tokens of $messages.length messages',
    async ({ messages, text, prompt, ids }) => {
      for (const template of [tagged, untagged]) {
        expect(await template.text(messages, { forAnswer: false })).toBe(text);
        expect(await template.text(messages.slice(0, -1), { forAnswer: true })).toBe(prompt);
      }
      expect(encodeRendered(tokenizer, text)).toEqual(ids);
    },
  );

  it.runIf(hasGenerationTags(golden.tagged))(
    'what its generation tags enclose is learned, as transformers has it',
    async () => {
      for (const { messages, ids, said } of golden.cases) {
        const examples = await tagged.examples({ messages, place: name });
        expect(examples.map(plain)).toEqual([upToLast({ ids, said })]);
      }
    },
  );

  it.runIf(!hasGenerationTags(golden.untagged))(
    'without tags it is what follows the prompt of each answer',
    async () => {
      for (const { messages, ids, answers } of golden.cases) {
        const examples = (await untagged.examples({ messages, place: name })).map(plain);
        if (examples.length > 1) {
          expect(examples).toEqual(answers.map(upToLast));
          continue;
        }
        const said = ids.map((_, i) => (answers.some((answer) => answer.said[i]) ? 1 : 0));
        expect(examples).toEqual([upToLast({ ids, said })]);
      }
    },
  );

  it.runIf(name !== 'spaces')('the token that ends a turn is found', async () => {
    const end = await untagged.turnEnd();
    for (const { messages } of golden.cases)
      for (const { ids } of await untagged.examples({ messages, place: name })) expect(ids.at(-1)).toBe(end);
  });
});

it('a template that drops earlier thoughts makes an example of each answer', async () => {
  const golden = GOLDEN.templates.thinking!;
  const template = new ChatTemplate(tokenizerWith(golden, golden.untagged));
  const counts = [];
  for (const { messages } of golden.cases)
    counts.push((await template.examples({ messages, place: 'x' })).length);
  template.close();
  expect(counts).toEqual([1, 2, 3, 2, 1]);
});
