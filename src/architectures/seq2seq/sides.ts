// The two sides of a model that reads a text and writes one: each a Transformer's, or made of a room's layers.
import { BertEmbeddings } from '../bert/embeddings.ts';
import type { EncoderConfig, Seq2SeqConfig } from './config.ts';
import { type Decoder, StackDecoder, TransformerDecoder } from './decoders.ts';
import { BertEncoder, type Encoder, StackEncoder, TransformerEncoder } from './encoders.ts';
import { blockNames, hasPositions } from './parameters.ts';
import type { LoadedRoom } from './rooms.ts';
import { TokenInput } from './token-input.ts';

/** The rooms that encoder and decoder are made of; undefined for a Transformer. */
export interface Rooms {
  encoder: LoadedRoom | undefined;
  decoder: LoadedRoom | undefined;
}

/** What the encoder is given. */
export function sourceOf(config: EncoderConfig, vocabSize: number): TokenInput | BertEmbeddings {
  if (config.encoder !== 'bert') return inputOf(config, config.encoder, vocabSize);
  return new BertEmbeddings({ ...config, vocabSize, tokenTypes: 1 });
}

/** What the decoder is given. */
export function targetOf(config: Seq2SeqConfig): TokenInput {
  return inputOf(config, config.decoder, config.vocabSize);
}

function inputOf({ width, context }: EncoderConfig, reader: string, vocabSize: number): TokenInput {
  const { tokens, positions } = blockNames(reader);
  return new TokenInput({ width, context, vocabSize, tokens, positions: hasPositions(reader) && positions });
}

export function encoderOf(config: EncoderConfig, room: LoadedRoom | undefined, place: number): Encoder {
  if (!room) return new (config.encoder === 'bert' ? BertEncoder : TransformerEncoder)(config, place);
  const { layers, width, dropout: rate, bidirectional } = config;
  return new StackEncoder({ ...room, layers, width, rate, place }, bidirectional);
}

export function decoderOf(config: Seq2SeqConfig, room: LoadedRoom | undefined, place: number): Decoder {
  if (!room) return new TransformerDecoder(config, place);
  const { layers, width, dropout: rate } = config;
  return new StackDecoder(config, { ...room, layers, width, rate, place });
}
