// tsgpt prepare --chat: conversations into tokens, of which the assistant's are learned.
import { basename, dirname } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { createProgress } from '../base/progress.ts';
import type { ChatMeta, ChatSplitMeta } from '../data/meta.ts';
import { columns, printResult } from './output.ts';
import {
  commonFlags,
  type PrepareFlags,
  progressOn,
  refuseSelection,
  tokenizerOptions,
} from './prepare-flags.ts';

export async function prepareChatOf(inputs: readonly string[], flags: PrepareFlags): Promise<void> {
  refuseOtherFlags(flags);
  refuseSelection(flags, '--chat');
  const { out, seed, valFraction, count } = commonFlags(flags);
  const options = tokenizerOptions(flags);
  const [
    { openChat },
    { textOfChat },
    { checkTokenizer, tokenizerFor },
    { checkPairValFraction },
    { prepareChat },
    { removeLeftovers },
    { tokenizerFolder },
  ] = await Promise.all([
    import('../chat/open.ts'),
    import('../chat/conversation.ts'),
    import('../tokenizers/choose.ts'),
    import('../data/prepare-pairs.ts'),
    import('../data/prepare-chat.ts'),
    import('../base/leftovers.ts'),
    import('./tokenizer-folder.ts'),
  ]);
  const spec = await tokenizerFolder(flags.tokenizer ?? 'bpe');
  checkTokenizer(spec, options);
  checkPairValFraction(valFraction);
  const source = await openChat(inputs, { seed, ...(count !== undefined && { count }) });
  await removeLeftovers(dirname(out));
  const progress = createProgress();
  const { learning, encoding } = progressOn(progress);
  progress.live('reading the conversations');
  const tokenizer = await tokenizerFor(spec, textOfChat(source), { ...options, onProgress: learning });
  const template =
    tokenizer.chatTemplate === undefined
      ? 'a plain one, as the tokenizer has none: each message after the line of its role'
      : 'the tokenizer’s own';
  const meta = await prepareChat({ source, tokenizer, out, valFraction, seed, onProgress: encoding });
  progress.end();
  printResult({ ...meta, out }, flags, () => asText(meta, template, out));
}

function asText({ source, tokenizer, splits }: ChatMeta, template: string, out: string): string {
  const split = ({ conversations, examples, tokens, learned }: ChatSplitMeta) =>
    [
      `${formatCount(conversations)} ${conversations === 1 ? 'conversation' : 'conversations'}`,
      ...(examples > conversations
        ? [`${formatCount(examples)} examples, as the template writes earlier answers otherwise`]
        : []),
      `${formatCount(tokens)} tokens, ${formatCount(learned)} of the assistant`,
    ].join(' · ');
  const longest = Math.max(...Object.values(splits).map(({ longest }) => longest));
  return columns([
    ['chat', source],
    ['tokenizer', `${tokenizer.name}, ${formatCount(tokenizer.vocabSize)} kinds of token`],
    ['template', template],
    ['training', split(splits.train)],
    ['validation', split(splits.val)],
    ['test', split(splits.test)],
    ['longest', `${formatCount(longest)} tokens`],
    ['saved', out],
    ['next', `tsgpt train --data ${out} --context ${longest - 1} --out checkpoints/${basename(out)}`],
  ]);
}

function refuseOtherFlags(flags: PrepareFlags): void {
  for (const [flag, value] of [
    ['--pairs', flags.pairs],
    ['--source-tokenizer', flags.sourceTokenizer],
    ['--fields', flags.fields],
    ['--field', flags.field],
    ['--lines', flags.lines],
  ])
    if (value !== undefined) throw new UsageError(`${flag} does not go with --chat`, 'leave it out');
}
