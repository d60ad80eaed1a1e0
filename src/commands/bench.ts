// tsgpt bench: how fast a model of a known size trains here.
import { Command } from 'commander';
import type { Benchmark } from '../architectures/architecture.ts';
import { formatBytes, formatCount, formatFlops, formatRate, formatShare } from '../base/format.ts';
import { createProgress } from '../base/progress.ts';
import { BENCHMARKS, benchmarkNamed } from '../benchmark/configs.ts';
import type { Measured } from '../benchmark/measure.ts';
import { addEngineOptions, type EngineFlags, engineOf } from './engine-options.ts';
import { wholeFlag } from './flags.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const [FIRST] = Object.keys(BENCHMARKS);
const LONGEST = Math.max(...Object.keys(BENCHMARKS).map((name) => name.length));
const EXAMPLES = `
Examples:
  tsgpt bench ${FIRST}
  tsgpt bench ${Object.keys(BENCHMARKS).at(-1)} --backend native --precision fp32 --threads 2 --json

Configurations:
${Object.entries(BENCHMARKS)
  .map(([name, { about }]) => `  ${name.padEnd(LONGEST + 2)}${about}`)
  .join('\n')}

The median of whole training steps (batch, forward, backward, clip, AdamW) on random tokens, two for warm-up left out.
In a copy of the source, npm run bench sets the engines and PyTorch side by side on the CPU, npm run bench:gpu on a GPU.`;

interface BenchFlags extends EngineFlags, JsonFlag {
  steps?: string;
}

export function command(): Command {
  const command = new Command('bench')
    .argument('<configuration>', Object.keys(BENCHMARKS).join(', '))
    .option('--steps <n>', 'steps to time (default: 10 or more, in 5 to 30 seconds)');
  return addEngineOptions(command)
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(bench);
}

async function bench(config: string, flags: BenchFlags): Promise<void> {
  const benchmark = benchmarkNamed(config);
  const steps = flags.steps === undefined ? undefined : wholeFlag('steps', flags.steps, 1);
  const engine = engineOf(flags);
  const [{ startBackend }, { measure }] = await Promise.all([
    import('../backends/index.ts'),
    import('../benchmark/measure.ts'),
  ]);
  const { name: backend, detail, why, precision } = await startBackend(engine.backend, engine);
  const progress = createProgress();
  progress.note(`${config}: ${benchmark.about} · ${backend}: ${detail} (${why}) · ${precision}`);
  const line = liveLine(config, benchmark, steps);
  const measured = await measure(benchmark, { steps, onStep: (...step) => progress.live(line(...step)) });
  progress.end();
  const threads = engine.threads ?? null; // null: as many as the backend thought best, told in its detail
  const result = { config, backend, detail, precision, threads, ...measured, peakMemoryBytes: peakMemory() };
  printResult(result, flags, () => table(result));
}

function liveLine(config: string, { model, batchSize }: Benchmark, steps: number | undefined) {
  return (timed: number, ms: number) => {
    const stage = timed === 0 ? 'warming up' : `step ${timed}${steps === undefined ? '' : `/${steps}`}`;
    const rate = formatRate((batchSize * model.context * 1000) / ms, 'tokens');
    return `${config} · ${stage} · ${rate}`;
  };
}

function table(result: Measured & { peakMemoryBytes: number }): string {
  const { parameters, steps, msPerStep, tokensPerSecond, gflopsPerSecond, peakMemoryBytes, loss } = result;
  const { gpuMemoryBytes, gpuIdle } = result;
  return columns([
    ['parameters', formatCount(parameters)],
    ['step', `${msPerStep.toFixed(1)} ms, the median of ${steps}`],
    ['speed', `${formatRate(tokensPerSecond, 'tokens')}, ${formatFlops(gflopsPerSecond)}`],
    ['memory', `${formatBytes(peakMemoryBytes)} at most, the whole process`],
    ...(gpuMemoryBytes === null ? [] : [['GPU memory', `${formatBytes(gpuMemoryBytes)} at most`] as const]),
    ...(gpuIdle === null ? [] : [['GPU idle', `${formatShare(gpuIdle)} of a step`] as const]),
    ['loss', `${loss.toFixed(4)} at the last`],
  ]);
}

/** The most memory this process has had in use, its code included. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024; // Node gives KiB
}
