// The two sides of a model that reads a text and writes one: each a Transformer's, or made of a room's layers.
import type { EncoderConfig, Seq2SeqConfig } from './config.ts';
import { type Decoder, StackDecoder, TransformerDecoder } from './decoders.ts';
import { type Encoder, StackEncoder, TransformerEncoder } from './encoders.ts';
import { hasPositions } from './parameters.ts';
import type { LoadedRoom } from './rooms.ts';
import { TokenInput } from './token-input.ts';

/** The rooms that encoder and decoder are made of; undefined for a Transformer. */
export interface Rooms {
  encoder: LoadedRoom | undefined;
  decoder: LoadedRoom | undefined;
}

/** What `reader`, an encoder or a decoder, is given. */
export function inputOf(
  { width, context }: Pick<Seq2SeqConfig, 'width' | 'context'>,
  reader: string,
  vocabSize: number,
): TokenInput {
  return new TokenInput({ width, context, vocabSize, hasPositions: hasPositions(reader) });
}

export function encoderOf(config: EncoderConfig, room: LoadedRoom | undefined, place: number): Encoder {
  if (!room) return new TransformerEncoder(config, place);
  const { layers, width, dropout: rate, bidirectional } = config;
  return new StackEncoder({ ...room, layers, width, rate, place }, bidirectional);
}

export function decoderOf(config: Seq2SeqConfig, room: LoadedRoom | undefined, place: number): Decoder {
  if (!room) return new TransformerDecoder(config, place);
  const { layers, width, dropout: rate } = config;
  return new StackDecoder(config, { ...room, layers, width, rate, place });
}
