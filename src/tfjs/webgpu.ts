// TensorFlow.js's WebGPU backend (`#tfjs/webgpu`), on the same core as `#tfjs`.
export * from '@tensorflow/tfjs-backend-webgpu';
