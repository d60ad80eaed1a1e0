// The matrix product on webgpu, by the shapes of training, beside the GPU's peak, as a Markdown table:
// node bench/products/gpu.mjs [configuration …]
import { fileURLToPath } from 'node:url';
import { formatShare } from '../../dist/base/format.js';
import { jsonOf } from '../contenders.mjs';
import { note, shown, table, told } from '../side-by-side.mjs';

/** Peaks, and products by precision; nothing of what could not be measured. */
export function measureProducts(configs, seconds) {
  const run = (name, ...words) => measured(name, words, seconds());
  const peak = run('gpu-peak.mjs');
  const [fp32, fp16] = ['fp32', 'fp16'].map((precision) => run('gpu-one.mjs', precision, ...configs));
  return { ...peak, fp32: fp32?.products, fp16: fp16?.products };
}

export function productTables({ peaks = {}, fp32, fp16 }) {
  const toF32 = Object.keys(peaks).filter((name) => /^matrix .* f16 to f32$/.test(name));
  const bestOf = (names) => Math.max(...names.map((name) => peaks[name] ?? 0)) || undefined;
  const peakOf = { fp32: bestOf(['fma f32']), fp16: bestOf(toF32.length > 0 ? toF32 : ['fma f16']) };
  const cells = (product, precision) => [
    shown(product?.tflops, (rate) => rate.toPrecision(3)),
    shown(product?.tflops / peakOf[precision], formatShare),
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

function measured(name, words, seconds) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const { result, error } = jsonOf([process.execPath, script, ...words], seconds);
  note(`products · ${[name, ...words].join(' ')} · ${error ? `left out: ${error}` : 'done'}`);
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
