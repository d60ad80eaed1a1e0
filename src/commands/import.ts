// tsgpt import: a model from the Hugging Face hub or from disk, or a LoRA adapter of Python's PEFT.
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../base/errors.ts';
import { formatBytes, formatCount } from '../base/format.ts';
import { createProgress, type Progress } from '../base/progress.ts';
import { downloadLine } from './download-line.ts';
import { required, wholeFlag } from './flags.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const EXAMPLES = `
Weights can be: model.safetensors (also in several files), or float32 ONNX as transformers.js uses it.

Examples:
  tsgpt import openai-community/gpt2
  tsgpt import Xenova/distilgpt2 --out checkpoints/small
  tsgpt import Qwen/Qwen3-0.6B --context 2048
  tsgpt import models/my-gpt2
  tsgpt import downloads/onnx/model.onnx --out checkpoints/mine
  tsgpt import distilbert/distilbert-base-uncased --out checkpoints/masked
  tsgpt import downloads/adapter --base checkpoints/gpt2 --out checkpoints/tuned

Then:
  tsgpt sample checkpoints/gpt2 --prompt "The moon"
  tsgpt sample checkpoints/masked --prompt "The moon is [MASK]."
  tsgpt prepare my.txt --tokenizer checkpoints/gpt2 --out data/mine
  tsgpt train --init checkpoints/gpt2 --data data/mine --out checkpoints/mine

The hub is asked as transformers.js asks it. HF_TOKEN opens private and licensed repositories,
HF_ENDPOINT names another hub, HF_HUB_OFFLINE=1 takes everything from the cache. The cache is
$TSGPT_CACHE/hub, or $HF_HOME/transformers.js, else where transformers.js is installed its own (in
node_modules, where npm ci deletes it), else ~/.cache/tsgpt/hub. A download that broke off goes on.`;

const HUB_ID = /^\w[\w.-]*(\/\w[\w.-]*)?$/;

interface ImportFlags extends JsonFlag {
  out?: string;
  revision?: string;
  context?: string;
  base?: string;
}

export function command(): Command {
  return new Command('import')
    .argument(
      '<model>',
      'its id on the hub, a folder (also of a PEFT adapter), or a .safetensors or .onnx file',
    )
    .option('--out <folder>', 'where the checkpoint goes (default: checkpoints/<name of the model>)')
    .option('--revision <name>', 'on the hub: a branch, tag or commit (default: main)')
    .option('--context <tokens>', 'a shorter context than the model’s own, which may need much memory')
    .option('--base <run>', 'of a LoRA adapter: the run (its best) or checkpoint that it was trained for')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(importFrom);
}

async function importFrom(model: string, flags: ImportFlags): Promise<void> {
  const isLocal = existsSync(model);
  checkUsage(model, isLocal, flags);
  const context = flags.context === undefined ? undefined : wholeFlag('context', flags.context, 1);
  const out = flags.out ?? join('checkpoints', nameOf(model, isLocal));
  const [{ importModel }, { importAdapter, isAdapter }] = await Promise.all([
    import('../hub/import.ts'),
    import('../hub/import-adapter.ts'),
  ]);
  const ofAdapter = isLocal && isAdapter(model);
  if (flags.base !== undefined && !ofAdapter)
    throw new UsageError(
      `--base goes with a folder that has an adapter_config.json, which ${model} has not`,
      'leave it out',
    );
  const progress = createProgress();
  const imported = ofAdapter
    ? await importAdapter(model, required('--base <run>', flags.base, '--base checkpoints/gpt2'), out)
    : await importModel(isLocal ? model : await download(model, flags, progress), out, {
        context,
        onTensor: (done, total, name) => progress.live(`tensor ${done + 1} of ${total}: ${name}`),
      });
  progress.end();
  printResult({ model, ...imported }, flags, () =>
    columns([
      ['model', `${model}: ${formatCount(imported.parameters)} parameters`],
      ['read', imported.files.join(', ')],
      ['tokenizer', imported.tokenizer],
      ...imported.notes.map((note) => ['note', note] as const),
      ['saved', out],
      ['next', `tsgpt sample ${out} --prompt "Once upon a time"`],
    ]),
  );
}

function checkUsage(model: string, isLocal: boolean, { revision }: ImportFlags): void {
  if (!isLocal && !HUB_ID.test(model)) {
    throw new UsageError(
      `there is no file or folder ${model}, and it is no id on the hub`,
      'as in openai-community/gpt2',
    );
  }
  if (isLocal && revision !== undefined) {
    throw new UsageError(
      `--revision ${revision} does not go with ${model}, which is on this disk`,
      'leave --revision out, or rename what has the name of the hub’s',
    );
  }
}

/** The last part of an id or of a folder's path; for a file, its folder's. */
function nameOf(model: string, isLocal: boolean): string {
  if (!isLocal) return basename(model);
  const path = resolve(model);
  if (!/\.(safetensors|onnx)$/.test(path)) return basename(path);
  return basename(dirname(path)) === 'onnx' ? basename(dirname(dirname(path))) : basename(dirname(path));
}

async function download(id: string, { revision }: ImportFlags, progress: Progress): Promise<string> {
  const { downloadRepository } = await import('../hub/download.ts');
  const started = performance.now();
  let before: number | undefined;
  return downloadRepository(id, {
    ...(revision !== undefined && { revision }),
    onProgress: ({ file, allReceived, allTotal, waiting }) => {
      if (waiting !== undefined) return progress.note(waiting);
      before ??= allReceived; // what was in the cache already says nothing of the connection's speed
      const rate = (1000 * (allReceived - before)) / Math.max(1, performance.now() - started);
      progress.live(`${downloadLine(allReceived, allTotal)} · ${formatBytes(Math.round(rate))}/s · ${file}`);
    },
  });
}
