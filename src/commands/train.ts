// tsgpt train: start a run or go on with one.
import { Command } from 'commander';
import { ARCHS, DEFAULT_ARCH, TRAINED_ARCHS } from '../architectures/list.ts';
import { isSilent } from '../collectives/launch.ts';
import { FINE_TUNING } from '../settings/fine-tuning.ts';
import { addEngineOptions, type EngineFlags, engineOf } from './engine-options.ts';
import { required } from './flags.ts';
import { INTERRUPTED, STOPPING, withInterrupt } from './interrupt.ts';
import { JSON_OPTION, type JsonFlag, printResult } from './output.ts';
import { addSettingOptions, type SettingFlags, settingSources } from './setting-options.ts';

const EXAMPLES = `
Examples:
  tsgpt train --data data/shakespeare --preset baby --out checkpoints/baby
  tsgpt train --data data/stories --arch ${TRAINED_ARCHS[1]} --width 256 --out checkpoints/${TRAINED_ARCHS[1]}

  # go on where it stopped, to the same bits
  tsgpt train --out checkpoints/baby --resume

  # fine-tune: begin with the model of a run or checkpoint, on text in its tokens
  tsgpt prepare my.txt --tokenizer checkpoints/gpt2 --out data/my
  tsgpt train --init checkpoints/gpt2 --data data/my --out checkpoints/my

  # the same, the embeddings and the first block left as they are
  tsgpt train --init checkpoints/gpt2 --data data/my --out checkpoints/my \\
    --freeze wte wpe h.0

  # the same with LoRA: checkpoints of a few megabytes
  tsgpt train --init checkpoints/gpt2 --data data/my --out checkpoints/my \\
    --lora-rank 8

  # train that adapter, or one that was imported, on
  tsgpt train --init checkpoints/my --data data/more --out checkpoints/more \\
    --lora-continue

  # can it learn one batch by heart?
  tsgpt train --data data/mine --overfit-one-batch --max-steps 200 --out /tmp/x

With --init the model is the checkpoint's, and the defaults are: ${FINE_TUNING.maxSteps} steps of
${FINE_TUNING.batchSize} windows of ${FINE_TUNING.window} tokens, an evaluation every ${FINE_TUNING.evalInterval},
learning rate ${FINE_TUNING.learningRate} (LoRA: ${FINE_TUNING.loraLearningRate}), falling to ${FINE_TUNING.minLearningRate}.

Ctrl-C stops after the batch at hand, saves the last whole step and exits with 130;
a second Ctrl-C leaves at once.`;

interface TrainOptions extends SettingFlags, EngineFlags, JsonFlag {
  out?: string;
  data?: string;
  arch?: string;
  resume?: boolean | string;
  init?: string;
  initEncoder?: string;
  initDecoder?: string;
  overfitOneBatch?: boolean;
}

export function command(): Command {
  const command = new Command('train')
    .option('--out <folder>', 'where the run lies: checkpoints/<name>')
    .option('--data <folder>', 'prepared text (a resumed run knows its own)')
    .option('--arch <name>', `${ARCHS.join(' or ')} (default: ${DEFAULT_ARCH}, or as --init)`)
    .option('--resume [checkpoint]', 'go on from the newest checkpoint, or from the one named')
    .option('--init <run>', 'begin with the model and weights of a run (its best) or checkpoint')
    .option('--init-encoder <run>', 'begin the encoder with the weights of a run (its best) or checkpoint')
    .option('--init-decoder <run>', 'begin the decoder so')
    .option('--overfit-one-batch', 'train on the first batch again and again, as a test of the model')
    .option(...JSON_OPTION)
    .action(train);
  return addSettingOptions(addEngineOptions(command), [
    'model',
    'training',
    'optimizer',
    'fine-tuning',
  ]).addHelpText('after', EXAMPLES);
}

async function train(options: TrainOptions): Promise<void> {
  const { startRun } = await import('../run/start.ts');
  const { trainingReporter } = await import('./training-reporter.ts');
  const { backend, precision, threads, arch, initEncoder, initDecoder, ...rest } = options;
  const out = required('--out <folder>', options.out, '--out checkpoints/mine');
  const request = {
    ...rest,
    out,
    ...settingSources({ ...options }),
    arch,
    parts: { encoder: initEncoder, decoder: initDecoder },
  };
  const engine = engineOf({ backend, precision, threads });
  const reporter = trainingReporter();
  const result = await withInterrupt(
    () => isSilent() || reporter.note(STOPPING),
    (signal) => startRun(request, engine, { ...reporter, signal }),
  );
  if (!isSilent()) {
    reporter.end(result, out);
    printResult({ ...result, out }, options, () => reporter.next(result, out));
  }
  if (result.ended === 'interrupted') process.exitCode = INTERRUPTED;
}
