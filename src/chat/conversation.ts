// Conversations: what is said in turns; and sources of them, which can be read again from the start, as sources of text can.
import type { Piece, TextSource } from '../text/source.ts';

export const ROLES = ['system', 'user', 'assistant'] as const;
export type Role = (typeof ROLES)[number];

export interface Message {
  readonly role: Role;
  readonly content: string;
}

/**
 * What was said, in order. At least one of the messages is the assistant's.
 */
export interface Conversation {
  readonly messages: readonly Message[];
  /** Where it stands, for errors: "talks.jsonl, line 3". */
  readonly place: string;
}

/**
 * Conversations that can be read from their start as often as they are needed.
 */
export interface ChatSource {
  /** What the user asked for, in words: "talks.jsonl". */
  readonly description: string;
  /** Each call reads from the start. */
  conversations(): AsyncIterable<Conversation>;
}

/** What a tokenizer is learned from: each message after the line that names its role, as our own template writes it. */
export function textOfChat(source: ChatSource): TextSource {
  return {
    description: source.description,
    async *pieces(): AsyncGenerator<Piece> {
      for await (const { messages } of source.conversations())
        for (const { role, content } of messages) yield { text: `${role}\n${content}`, endsDocument: true };
    },
  };
}
