// plain: tfjs’s CPU backend, in JavaScript, with some kernels replaced. It runs everywhere, slowly.
import * as tf from '#tfjs';
import { UsageError } from '../../base/errors.ts';
import type { Backend } from '../backend.ts';
import { registerKernels } from './kernels.ts';
import { values } from './memory.ts';
import { replaceStockKernels } from './stock.ts';

export const plain: Backend = {
  name: 'plain',
  tfjsName: 'cpu',
  probe: async () => ({ usable: true, detail: 'plain JavaScript, one thread' }),
  start: ({ threads = 1 }) => {
    if (threads !== 1)
      throw new UsageError(`plain runs on one thread, but ${threads} were asked for`, 'leave --threads out');
    if (tf.getKernel('AdamW', 'cpu') === undefined) {
      registerKernels('cpu');
      replaceStockKernels('cpu');
    }
    // tfjs would print a banner that advertises its native binding at the first operation.
    Reflect.set(tf.engine().findBackend('cpu'), 'firstUse', false);
  },
  memoryOf: values,
};
