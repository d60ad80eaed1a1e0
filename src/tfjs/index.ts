// TensorFlow.js as all of tsgpt sees it (`#tfjs`): the core with its gradients and chained operations, the layers, and the
// CPU backend. For Node the build bundles it into one file, since the gradients are published in a form that only bundlers
// read; a page's bundler takes it in as it is.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';

export * from '@tensorflow/tfjs-backend-cpu';
export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
