// Our layers are ordinary tf.layers layers: they can be described, made again, and used in models that are not ours.

import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import {
  Block,
  ConvBlock,
  GatedConv,
  Gru,
  Head,
  LayerNorm,
  Lstm,
  Mlp,
  type ModelLayer,
  PositionEmbedding,
  Rnn,
  SelfAttention,
  TokenEmbedding,
} from '../../src/architectures/layers.ts';
import { describeOnBackends } from '../on-backends.ts';
import { normal, whole } from '../ops/op-case.ts';

const [V, B, T, C] = [11, 2, 5, 8];
const conv = { width: C, kernel: 3, dilation: 2 };
const attention = { width: C, heads: 2, context: T, dropout: 0, place: 1 };

interface Case {
  layer: () => ModelLayer;
  input: () => tf.Tensor;
  output: number[];
}

const stream = () => toTensor(normal('x', [B, T, C]));
const tokens = () => tf.tensor(whole('ids', [B, T], V).data, [B, T], 'int32');
const name = 'mine';

const CASES: Record<string, Case> = {
  TokenEmbedding: {
    layer: () => new TokenEmbedding({ name, vocabSize: V, width: C }),
    input: tokens,
    output: [B, T, C],
  },
  PositionEmbedding: {
    layer: () => new PositionEmbedding({ name, context: T, width: C }),
    input: stream,
    output: [B, T, C],
  },
  SelfAttention: { layer: () => new SelfAttention({ name, ...attention }), input: stream, output: [B, T, C] },
  Block: { layer: () => new Block({ name, ...attention }), input: stream, output: [B, T, C] },
  Mlp: { layer: () => new Mlp({ name, width: C }), input: stream, output: [B, T, C] },
  LayerNorm: { layer: () => new LayerNorm({ name, width: C }), input: stream, output: [B, T, C] },
  Lstm: { layer: () => new Lstm({ name, width: C, peepholes: true }), input: stream, output: [B, T, C] },
  Gru: { layer: () => new Gru({ name, width: C }), input: stream, output: [B, T, C] },
  Rnn: { layer: () => new Rnn({ name, width: C }), input: stream, output: [B, T, C] },
  GatedConv: { layer: () => new GatedConv({ name, ...conv }), input: stream, output: [B, T, C] },
  ConvBlock: { layer: () => new ConvBlock({ name, ...conv }), input: stream, output: [B, T, C] },
  Head: {
    layer: () => new Head({ name, vocabSize: V, width: C, bias: true }),
    input: stream,
    output: [B, T, V],
  },
};

describeOnBackends(() => {
  describe.each(Object.entries(CASES))('%s', (className, { layer, input, output }) => {
    it('is a tf.layers.Layer, registered under its name', () => {
      const made = layer();
      expect(made).toBeInstanceOf(tf.layers.Layer);
      expect(made.getClassName()).toBe(className);
      const known = tf.serialization.SerializationMap.getMap().classNameMap[className];
      expect(known?.[0]).toBe(made.constructor);
    });

    it('gives the shape it foretells', () => {
      const made = layer();
      const x = input();
      expect((made.apply(x) as tf.Tensor).shape).toEqual(output);
      expect(made.computeOutputShape(x.shape)).toEqual(output);
      expect(made.computeOutputShape([null, ...x.shape.slice(1)])).toEqual([null, ...output.slice(1)]);
    });

    it('made again from its configuration, and given its weights, does the same', () => {
      const made = layer();
      const config = JSON.parse(JSON.stringify(made.getConfig()));
      const [known, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className]!;
      const again = fromConfig(known, config) as ModelLayer;
      expect(again.getConfig()).toEqual(made.getConfig());
      expect(again.name).toBe(name);

      const x = input();
      made.apply(x);
      again.apply(x);
      shake(made);
      again.setWeights(made.getWeights());
      const [y, z] = [made.apply(x), again.apply(x)] as [tf.Tensor, tf.Tensor];
      expect(z.dataSync()).toEqual(y.dataSync());
      expect(Math.max(...y.dataSync())).toBeGreaterThan(0);
    });

    it('shows tfjs all of its weights', () => {
      const made = layer();
      made.apply(input());
      expect(new Set(made.weights)).toEqual(new Set(made.variables().values()));
      expect(made.trainableWeights.length).toBe(made.variables().size);
    });
  });

  it('a head tied to an embedding shares its matrix, and says that it cannot be described alone', () => {
    const embedding = new TokenEmbedding({ vocabSize: V, width: C });
    const head = new Head({ vocabSize: V, width: C, bias: false, tiedTo: embedding });
    const vectors = embedding.apply(tokens()) as tf.Tensor;
    shake(embedding);
    expect((head.apply(vectors) as tf.Tensor).dataSync()).toEqual(
      tf.matMul(vectors.reshape([B * T, C]), embedding.table(), false, true).dataSync(),
    );
    expect(head.countParams()).toBe(0);
    expect(() => head.getConfig()).toThrow('a tied Head has no configuration of its own');
  });

  describe('in models of plain tfjs', () => {
    // Nothing is random but what `shake` makes of a seed.
    const head = () => tf.layers.dense({ units: V, activation: 'softmax', kernelInitializer: 'zeros' });
    const parts = () => [
      new Block(attention),
      new Block({ ...attention, place: 4 }),
      new LayerNorm({ width: C }),
    ];

    const MODELS = {
      'a sequential one': () =>
        tf.sequential({
          layers: [
            new TokenEmbedding({ vocabSize: V, width: C, inputShape: [T], dtype: 'int32' }),
            new PositionEmbedding({ context: T, width: C }),
            ...parts(),
            head(),
          ],
        }),
      'a functional one': () => {
        const inputs = tf.input({ shape: [T], dtype: 'int32' });
        let x = new TokenEmbedding({ vocabSize: V, width: C }).apply(inputs) as tf.SymbolicTensor;
        for (const layer of [...parts(), head()]) x = layer.apply(x) as tf.SymbolicTensor;
        return tf.model({ inputs, outputs: x });
      },
    };

    describe.each(Object.entries(MODELS))('%s', (_, build) => {
      it('trains every weight with fit, and learns', async () => {
        const model = build();
        model.layers.forEach(shake);
        const before = model.getWeights().map((weight) => weight.dataSync().slice());
        model.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy' });
        const next = tokens().add(1).mod(tf.scalar(V, 'int32')) as tf.Tensor2D;
        const history = await model.fit(tokens(), tf.oneHot(next.cast('int32'), V), {
          epochs: 30,
          shuffle: false,
          verbose: 0,
        });
        const losses = history.history.loss as number[];
        expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
        const names = model.weights.map(({ originalName }) => originalName);
        for (const [i, weight] of model.getWeights().entries())
          expect(weight.dataSync(), names[i]).not.toEqual(before[i]);
        expect(new Set(names).size).toBe(names.length);
      });

      it('is saved and loaded', async () => {
        const model = build();
        model.layers.forEach(shake);
        let saved: tf.io.ModelArtifacts | undefined;
        await model.save({
          save: async (artifacts) => {
            saved = artifacts;
            return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
          },
        });
        const topology = JSON.parse(JSON.stringify(saved!.modelTopology)); // as a file would bring it back
        const loaded = await tf.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
        const [y, z] = [model.predict(tokens()), loaded.predict(tokens())] as [tf.Tensor, tf.Tensor];
        expect(z.dataSync()).toEqual(y.dataSync());
      });
    });
  });
});

function toTensor({ data, shape }: { data: number[]; shape: number[] }): tf.Tensor {
  return tf.tensor(data, shape);
}

/** Our layers' weights start at zero. */
function shake(layer: tf.layers.Layer): void {
  layer.setWeights(
    layer.getWeights().map((weight, i) => weight.add(toTensor(normal(`w${i}`, weight.shape, 0.3)))),
  );
}
