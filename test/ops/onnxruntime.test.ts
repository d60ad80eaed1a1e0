// The float64 reference of recurrent layers against onnxruntime's RNN, GRU and LSTM, which know peepholes: PyTorch does not.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/formats/onnx/graph-builder.ts';
import { modelBytes } from '../../src/formats/onnx/write-model.ts';
import type { Arrays } from './op-case.ts';
import { RECURRENT_KINDS, type RecurrentKind, recurrentFrom } from './recurrent-cases.ts';
import type { Values } from './reference.ts';

const SIZES = { B: 3, T: 7, I: 5, H: 4 };
const { B, T, I, H } = SIZES;

/** Where ONNX's blocks of H stand in ours. */
interface Order {
  type: 'RNN' | 'GRU' | 'LSTM';
  gates: number[];
  peepholes?: number[];
}

const LSTM: Order = { type: 'LSTM', gates: [0, 3, 1, 2], peepholes: [0, 2, 1] }; // i o f c, and i o f
const ORDERS: Record<RecurrentKind, Order> = {
  rnn: { type: 'RNN', gates: [0] },
  gru: { type: 'GRU', gates: [1, 0, 2] }, // z r h
  lstm: LSTM,
  'lstm with peepholes': LSTM,
};

describe.each(RECURRENT_KINDS)('%s', (kind) => {
  it('gives what onnxruntime gives', async () => {
    const layer = recurrentFrom(kind, SIZES);
    const { outputs, hidden, cell } = layer.reference(layer.inputs);
    const given = await byOnnxruntime(ORDERS[kind], layer.inputs);
    expect(given.Y!).toAgree(swapped(outputs!.data, B, T, H), 'op');
    expect(given.Y_h!).toAgree(hidden!.data, 'op');
    if (cell) expect(given.Y_c!).toAgree(cell.data, 'op');
  });
});

/** Y is (T, 1, B, H), Y_h and Y_c are (1, B, H). */
async function byOnnxruntime({ type, gates, peepholes }: Order, inputs: Arrays) {
  const { x, input, recurrent, bias, recurrentBias, hidden, cell, peepholes: P } = inputs;
  const G = gates.length * H;
  const blocks = (data: number[], order: number[], size: number) =>
    order.flatMap((block) => data.slice(block * size, (block + 1) * size));
  /** (rows, G) → (1, G, rows) */
  const matrix = ({ data }: Values, rows: number) => blocks(swapped(data, rows, G), gates, H * rows);
  const second = recurrentBias ? [...zeros(G - H), ...recurrentBias.data] : zeros(G);
  const feeds: [name: string, data: number[], dims: number[]][] = [
    ['X', swapped(x!.data, B, T, I), [T, B, I]],
    ['W', matrix(input!, I), [1, G, I]],
    ['R', matrix(recurrent!, H), [1, G, H]],
    ['B', [...blocks(bias!.data, gates, H), ...second], [1, 2 * G]],
    ['initial_h', hidden!.data, [1, B, H]],
    ...(cell ? [['initial_c', cell.data, [1, B, H]] as [string, number[], number[]]] : []),
    ...(P ? [['P', blocks(P.data, peepholes!, H), [1, 3 * H]] as [string, number[], number[]]] : []),
  ];
  const graph = new GraphBuilder();
  const names = feeds.map(([name, , dims]) => graph.input(name, 'float', dims));
  names.splice(4, 0, ''); // all texts have the same length
  const wanted = ['Y', 'Y_h', ...(cell ? ['Y_c'] : [])];
  const attributes = { hidden_size: H, ...(type === 'GRU' && { linear_before_reset: 1 }) };
  const given = graph.addMany('/layer', type, names, attributes, wanted.length);
  for (const [i, name] of wanted.entries())
    graph.output(given[i]!, name, 'float', name === 'Y' ? [T, 1, B, H] : [1, B, H]);
  const session = await InferenceSession.create(bytesOf(graph), { intraOpNumThreads: 1 });
  const results = await session.run(
    Object.fromEntries(
      feeds.map(([name, data, dims]) => [name, new Tensor('float32', Float32Array.from(data), dims)]),
    ),
  );
  return Object.fromEntries(wanted.map((name) => [name, results[name]!.data as Float32Array]));
}

/** (rows, columns, inner) → (columns, rows, inner) */
function swapped(data: number[], rows: number, columns: number, inner = 1): number[] {
  return Array.from({ length: columns }, (_, c) => c).flatMap((c) =>
    Array.from({ length: rows }, (_, r) => r).flatMap((r) =>
      data.slice((r * columns + c) * inner, (r * columns + c + 1) * inner),
    ),
  );
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

function bytesOf(graph: GraphBuilder): Uint8Array {
  const { model } = modelBytes(graph, '');
  return Buffer.concat(model.map((content) => (content instanceof Uint8Array ? content : content.make())));
}
