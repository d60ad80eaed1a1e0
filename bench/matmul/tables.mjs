// Matrix products on webgpu, by the shapes of training, beside the GPU's peak, as Markdown tables:
// node bench/matmul/tables.mjs [configuration …]
import { fileURLToPath } from 'node:url';
import { formatShare } from '#dist/base/format.js';
import { jsonOf } from '../contenders.mjs';
import { note, over, shown, table, told } from '../side-by-side.mjs';

/** @import { Peaks, Product, Products } from '../types.ts' */

/**
 * Peaks, and products by precision; what could not be measured is left out.
 *
 * @param {readonly string[]} configs
 * @param {() => number} seconds
 * @returns {Products}
 */
export function measureProducts(configs, seconds) {
  const productsIn = (/** @type {string} */ precision) =>
    /** @type {{ products: Product[] } | undefined} */ (
      measured('webgpu.mjs', [precision, ...configs], seconds())
    );
  const peak = /** @type {Peaks | undefined} */ (measured('webgpu-peak.mjs', [], seconds()));
  const fp32 = productsIn('fp32');
  const fp16 = productsIn('fp16');
  return { ...peak, fp32: fp32?.products, fp16: fp16?.products };
}

/** @param {Products} products */
export function productTables({ peaks = {}, fp32, fp16 }) {
  const toF32 = Object.keys(peaks).filter((name) => /^matrix .* f16 to f32$/.test(name));
  const bestOf = (/** @type {string[]} */ names) =>
    Math.max(...names.map((name) => peaks[name] ?? 0)) || undefined;
  const peakOf = { fp32: bestOf(['fma f32']), fp16: bestOf(toF32.length > 0 ? toF32 : ['fma f16']) };
  const cells = (/** @type {Product | undefined} */ product, /** @type {'fp32' | 'fp16'} */ precision) => [
    shown(product?.tflops, (rate) => rate.toPrecision(3)),
    shown(over(product?.tflops, peakOf[precision]), formatShare),
  ];
  const rows = (fp32 ?? fp16 ?? []).map(({ config, name, pass, M, N, K }, i) => [
    `${config} ${name}, ${pass}`,
    `${M} × ${N} × ${K}`,
    ...cells(fp32?.[i], 'fp32'),
    ...cells(fp16?.[i], 'fp16'),
  ]);
  return [
    'The most that WGSL gets from this GPU, in registers alone:',
    '',
    ...table(
      'multiply-adds, TFLOP/s',
      Object.entries(peaks).map(([name, rate]) => [name, rate.toPrecision(3)]),
    ),
    '',
    'Matrix products by shape (M × N × K), TFLOP/s and share of that peak:',
    '',
    ...table('product, shape, fp32, share, fp16, share', rows),
  ];
}

/**
 * @param {string} name
 * @param {string[]} words
 * @param {number} seconds
 */
function measured(name, words, seconds) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const { result, error } = jsonOf([process.execPath, script, ...words], seconds);
  note(`matrix products · ${[name, ...words].join(' ')} · ${error ? `left out: ${error}` : 'done'}`);
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await told(() => {
    const configs = process.argv.slice(2);
    console.log(
      productTables(
        measureProducts(configs.length > 0 ? configs : ['gpt-char', 'gpt2-1024'], () => 300),
      ).join('\n'),
    );
  });
