// Tokens a second of one training step (forward, backward, clip, AdamW) on tfjs's CPU backend as it comes, and on `plain`.
// Run: npm run bench
import * as tf from '@tensorflow/tfjs';
import { createModel, startBackend } from 'tsgpt';
import { Optimizer } from '../dist/training/optimizer.js';
import { trainStep } from '../dist/training/step.js';

const BATCH = 12;
const SHARED = { vocabSize: 65, context: 64, dropout: 0 };
const MODELS = {
  'gpt-baby': { arch: 'gpt', layers: 4, heads: 4, width: 128, ...SHARED },
  'lstm-small': { arch: 'lstm', layers: 2, width: 256, tiedHead: false, ...SHARED },
};

// A copy of the backend from before `plain` puts its kernels in.
tf.registerBackend('stock', tf.findBackendFactory('cpu'));
tf.copyRegisteredKernels('cpu', 'stock');

const BACKENDS = {
  stock: { steps: 3, start: () => tf.setBackend('stock') },
  plain: { steps: 9, start: () => startBackend('plain') },
};

for (const [name, config] of Object.entries(MODELS)) {
  const speed = {};
  for (const [backend, { steps, start }] of Object.entries(BACKENDS)) {
    await start();
    speed[backend] = await tokensPerSecond(config, steps);
  }
  const ratio = (speed.plain / speed.stock).toFixed(1);
  console.log(`${name}: tfjs ${Math.round(speed.stock)}, plain ${Math.round(speed.plain)}, ratio ${ratio}`);
}

/** Of the median step; the first is left out. */
async function tokensPerSecond(config, steps) {
  const model = createModel(config);
  const optimizer = new Optimizer(model.parameters, { beta1: 0.9, beta2: 0.95, weightDecay: 0.1 });
  const times = [];
  for (let step = 0; step <= steps; step++) {
    const batches = [{ shape: [BATCH, config.context], tokens: ids(config), targets: ids(config) }];
    const start = performance.now();
    await trainStep(model, optimizer, { batches, accumulation: 1, learningRate: 1e-3, clip: 1 });
    if (step > 0) times.push(performance.now() - start);
  }
  optimizer.dispose();
  model.dispose();
  const median = times.sort((a, b) => a - b)[times.length >> 1];
  return (BATCH * config.context * 1000) / median;
}

function ids({ vocabSize, context }) {
  return Int32Array.from({ length: BATCH * context }, () => Math.floor(Math.random() * vocabSize));
}
