// Opens what a user names as conversations: files of records, or a generated task whose source is asked and whose target answers.
import { extname } from 'node:path';
import { messageOf, TsgptError, UsageError, unexpected } from '../base/errors.ts';
import { LONGEST_RECORD, lineError } from '../text/field.ts';
import { fileText } from '../text/file.ts';
import { entryAt } from '../text/find.ts';
import { numberedLines } from '../text/lines.ts';
import { pairTaskNamed } from '../text/pair-tasks/list.ts';
import type { PairOptions } from '../text/pairs.ts';
import { openPairs } from '../text/pairs.ts';
import type { ChatSource, Conversation } from './conversation.ts';
import { messagesOf } from './formats.ts';

/** A .json file is one array, which is held whole. */
const MOST_JSON = 2 ** 28;

/**
 * Opens what a user names as conversations.
 * @param inputs Files (.jsonl, or .json with one array) in OpenAI's, ShareGPT's or Alpaca's form; or a generated task of pairs, such as `builtin:sums`.
 * @param options `count` and `seed` are for generated tasks.
 * @example
 * import { openChat } from 'tsgpt';
 * const chat = await openChat(['talks.jsonl']);
 * for await (const { messages } of chat.conversations()) console.log(messages.length);
 */
export async function openChat(
  inputs: readonly string[],
  options: Pick<PairOptions, 'count' | 'seed'> = {},
): Promise<ChatSource> {
  if (inputs.length === 0)
    throw new UsageError(
      'no conversations are named',
      'name a .jsonl file: tsgpt prepare talks.jsonl --chat',
    );
  const sources: ChatSource[] = [];
  for (const input of new Set(inputs)) sources.push(await openOne(input, options));
  const description = sources.map((source) => source.description).join(' + ');
  return { description, conversations: () => all(sources, description) };
}

async function* all(sources: readonly ChatSource[], description: string): AsyncGenerator<Conversation> {
  let empty = true;
  for (const source of sources)
    for await (const conversation of source.conversations()) {
      empty = false;
      yield conversation;
    }
  if (empty) throw new TsgptError(`there are no conversations in ${description}`);
}

async function openOne(input: string, options: Pick<PairOptions, 'count' | 'seed'>): Promise<ChatSource> {
  if (pairTaskNamed(input)) return generated(input, options);
  const extension = extname(input).toLowerCase();
  if (extension !== '.jsonl' && extension !== '.json')
    throw unexpected('conversations', 'a .jsonl or .json file, or a generated task of pairs', input);
  if (!entryAt(input)?.isFile()) throw new UsageError(`no such file: ${input}`);
  if (options.count !== undefined)
    throw new UsageError(
      `count ${options.count} does not go with ${input}, which is not generated`,
      'leave it out',
    );
  const records = extension === '.json' ? arrayIn : linesIn;
  return { description: input, conversations: () => records(input) };
}

async function generated(task: string, options: PairOptions): Promise<ChatSource> {
  const pairs = await openPairs(task, options);
  return {
    description: pairs.description,
    async *conversations() {
      let number = 0;
      for await (const { source, target } of pairs.pairs())
        yield {
          place: `${task}, pair ${++number}`,
          messages: [
            { role: 'user', content: source },
            { role: 'assistant', content: target },
          ],
        };
    },
  };
}

async function* linesIn(file: string): AsyncGenerator<Conversation> {
  const hint = 'a .jsonl file holds one conversation on each line; a .json file holds an array of them';
  for await (const { text, number } of numberedLines(fileText(file), file, hint, LONGEST_RECORD)) {
    if (text.trim() === '') continue;
    const place = `${file}, line ${number}`;
    yield {
      place,
      messages: messagesOf(
        parsed(text, (why) => lineError(file, number, why, hint)),
        place,
      ),
    };
  }
}

async function* arrayIn(file: string): AsyncGenerator<Conversation> {
  let text = '';
  for await (const piece of fileText(file)) {
    text += piece;
    if (text.length > MOST_JSON)
      throw new TsgptError(
        `${file} is too long to be read whole`,
        'give a .jsonl file, which is read line by line',
      );
  }
  const records = parsed(text, (why) => new TsgptError(`${file}: ${why}`));
  if (!Array.isArray(records)) throw new TsgptError(`${file}: expected an array of conversations`);
  for (const [i, record] of records.entries()) {
    const place = `${file}, record ${i + 1}`;
    yield { place, messages: messagesOf(record, place) };
  }
}

function parsed(text: string, refusal: (why: string) => TsgptError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal(`not JSON: ${messageOf(error)}`);
  }
}
