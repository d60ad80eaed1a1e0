// `tsgpt bench` on tfjs's CPU backend as it comes, which has no kernel of ours: node bench/stock.mjs <configuration>
import * as tf from '@tensorflow/tfjs';
import { benchmarkNamed } from '../dist/benchmark/configs.js';
import { measure } from '../dist/benchmark/measure.js';

const config = process.argv[2];
await tf.setBackend('cpu');
const measured = await measure(benchmarkNamed(config));
const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ config, backend: `tfjs ${tf.version.tfjs}`, ...measured, peakMemoryBytes }));
