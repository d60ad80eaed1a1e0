// A record of a file as a conversation, in the three forms that people publish: OpenAI's messages, ShareGPT's conversations
// and Alpaca's instructions.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { checked } from '../base/json.ts';
import type { Message, Role } from './conversation.ts';

const ROLE_OF: Readonly<Record<string, Role>> = {
  system: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
};

const role = z.string().transform((name, { issues }) => {
  if (Object.hasOwn(ROLE_OF, name)) return ROLE_OF[name]!;
  issues.push({
    code: 'custom',
    input: name,
    message: `expected ${Object.keys(ROLE_OF).join(', ')}, but got ${JSON.stringify(name)}`,
  });
  return z.NEVER;
});

/** OpenAI also has a message as a list of parts, some of which are no text. */
const content = z.union(
  [
    z.string(),
    z
      .array(z.object({ type: z.literal('text'), text: z.string() }))
      .transform((parts) => parts.map(({ text }) => text).join('')),
  ],
  { error: 'expected a text, or a list of parts of the type "text"' },
);

/** What would change what is learned, and is not done, is refused. */
const absent = z.null({ error: 'tsgpt does not learn from it; leave such conversations out' }).optional();

const message = z.looseObject({ role, content, tool_calls: absent, function_call: absent, weight: absent });
const turn = z
  .looseObject({ from: role, value: z.string() })
  .transform(({ from, value }) => ({ role: from, content: value }));

const FORMS = {
  messages: z.looseObject({ messages: z.array(message), tools: absent, functions: absent }),
  conversations: z.looseObject({
    system: z.string().nullish(),
    conversations: z.union([z.array(turn), z.array(message)], {
      error: `expected a list of {"from", "value"} or of {"role", "content"}, whose roles are ${Object.keys(ROLE_OF).join(', ')}`,
    }),
    tools: absent,
  }),
  instruction: z.looseObject({
    instruction: z.string(),
    input: z.string().nullish(),
    output: z.string(),
    system: z.string().nullish(),
    history: z.array(z.unknown()).max(0, { error: 'tsgpt reads no history; give messages' }).nullish(),
  }),
} as const;

/** The form is known by the field that only it has. `place` is named in errors. */
export function messagesOf(record: unknown, place: string): Message[] {
  const has = (name: string) => typeof record === 'object' && record !== null && name in record;
  const found = read(record, place, has);
  const messages = found.map(({ role, content }) => ({ role, content }));
  if (messages.some(({ role }) => role === 'assistant')) return messages;
  throw new TsgptError(`${place}: no message is the assistant’s, so there is nothing to learn`);
}

function read(record: unknown, place: string, has: (name: string) => boolean): Message[] {
  if (has('messages')) return checked(record, FORMS.messages, place).messages;
  if (has('conversations')) {
    const { system, conversations } = checked(record, FORMS.conversations, place);
    return [...instructed(system), ...conversations];
  }
  if (has('instruction')) {
    const { system, instruction, input, output } = checked(record, FORMS.instruction, place);
    const asked = input ? `${instruction}\n\n${input}` : instruction;
    return [...instructed(system), { role: 'user', content: asked }, { role: 'assistant', content: output }];
  }
  throw new TsgptError(
    `${place}: expected "messages" (OpenAI), "conversations" (ShareGPT) or "instruction" (Alpaca)`,
    'as in {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi!"}]}',
  );
}

function instructed(system: string | null | undefined): Message[] {
  return system ? [{ role: 'system', content: system }] : [];
}
