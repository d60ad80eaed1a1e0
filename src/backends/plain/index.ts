// plain: tfjs’s own CPU backend, in JavaScript. Runs everywhere; slow.
import * as tf from '@tensorflow/tfjs';
import type { Backend } from '../backend.ts';
import { registerKernels } from './kernels.ts';
import { replaceStockKernels } from './stock.ts';

export const plain: Backend = {
  name: 'plain',
  tfjsName: 'cpu',
  probe: async () => ({ usable: true, detail: 'plain JavaScript, one thread' }),
  start: () => {
    if (tf.getKernel('AdamW', 'cpu') === undefined) {
      registerKernels('cpu');
      replaceStockKernels('cpu');
    }
    // tfjs would print a banner that advertises its native binding at the first operation.
    Reflect.set(tf.engine().findBackend('cpu'), 'firstUse', false);
  },
};
