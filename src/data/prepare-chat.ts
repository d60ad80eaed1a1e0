// Makes a prepared folder of conversations: tokens, marks and ends of a training, a validation and a test split, the tokenizer's
// files with the chat template, and meta.json. The conversations are read twice: once to split them, and once to encode them.

import { TsgptError } from '../base/errors.ts';
import type { ChatSource, Conversation } from '../chat/conversation.ts';
import { ChatTemplate, TRIAL, withChatTemplate } from '../chat/template.ts';
import { utf8Length } from '../text/utf8.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { ChatWriter } from './chat-file.ts';
import type { PrepareProgress } from './encode.ts';
import { type ChatMeta, dtypeFor } from './meta.ts';
import { describePairSplit, type Splittable, splitterOf } from './pair-split.ts';
import { checkPairValFraction } from './prepare-pairs.ts';
import { checkReplaceable, checkSeed, describeTokenizer, writePrepared } from './prepared-folder.ts';

export interface PrepareChatOptions {
  source: ChatSource;
  tokenizer: Tokenizer;
  out: string;
  /** The share of the conversations that is held back for validation; as many more are held back for a test. */
  valFraction: number;
  seed: number;
  onProgress?: (progress: PrepareProgress) => void;
}

/**
 * Encodes conversations into the tokens of a training, a validation and a test split, marks those that the assistant says, and
 * writes them to a folder. Conversations that are the same up to the first answer are in the same split.
 * @param options The tokenizer's chat template writes the conversations; where it has none, a plain one does, and is kept.
 * @returns What meta.json says.
 * @example
 * import { openChat, prepareChat, textOfChat, tokenizerFor } from 'tsgpt';
 * const source = await openChat(['talks.jsonl']);
 * const tokenizer = await tokenizerFor('bpe', textOfChat(source), { vocabSize: 1024 });
 * const meta = await prepareChat({ source, tokenizer, out: 'data/talks', valFraction: 0.1, seed: 1 });
 * console.log(meta.splits.train.learned);
 */
export async function prepareChat(options: PrepareChatOptions): Promise<ChatMeta> {
  const { source, out, valFraction, seed } = options;
  checkPairValFraction(valFraction);
  checkSeed(seed);
  checkReplaceable(out);
  const tokenizer = withChatTemplate(options.tokenizer);
  const template = new ChatTemplate(tokenizer);
  try {
    await checkTurnEnd(template);
    const writeSplits = await splitterOf(splittable(source), options);
    return await writePrepared(out, { tokenizer }, async (folder) => ({
      format: 1,
      kind: 'chat',
      dtype: dtypeFor(tokenizer.vocabSize),
      tokenizer: describeTokenizer(tokenizer),
      source: source.description,
      seed,
      valFraction,
      splitRule: describePairSplit(valFraction, 'a conversation', 'opening'),
      splits: await writeSplits(
        (split) => new ChatWriter(folder, split, tokenizer.vocabSize),
        async (conversation, to) => to.add(await template.examples(conversation)),
      ),
    }));
  } finally {
    template.close();
  }
}

/** A model that never learned how an answer ends would go on for ever. */
async function checkTurnEnd(template: ChatTemplate): Promise<void> {
  const turnEnd = await template.turnEnd();
  if (turnEnd === undefined)
    throw new TsgptError(
      'the chat template writes no special token after an answer, so a model could not learn where to end',
      'use a tokenizer and a template that belong together',
    );
  const [example] = await template.examples(TRIAL);
  if (example!.ids.at(-1) === turnEnd) return;
  throw new TsgptError(
    'the chat template’s {% generation %} tags leave out the token that ends an answer, so a model could not learn where to end',
    'put the token between the tags',
  );
}

function splittable(source: ChatSource): Splittable<Conversation> {
  return {
    description: source.description,
    enough: ['conversations with at least three different beginnings', 'give more of them'],
    items: () => source.conversations(),
    keyOf: firstOf,
    bytesOf: ({ messages }) => messages.reduce((sum, { content }) => sum + utf8Length(content), 0),
  };
}

/** What comes before the first answer. */
function firstOf({ messages }: Conversation): string {
  return JSON.stringify(
    messages.slice(
      0,
      messages.findIndex(({ role }) => role === 'assistant'),
    ),
  );
}
