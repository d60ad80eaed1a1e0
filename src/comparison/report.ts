// Puts together what a comparison found, and writes it as report.json, report.md and report.html.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic-files.ts';
import { prettyJson } from '../base/json.ts';
import { floorOf } from '../evaluation/floor.ts';
import { readRecord } from '../run/record.ts';
import { taskOf } from '../tasks/list.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import type { Budget } from './budget.ts';
import { compressors } from './compressors.ts';
import { slug } from './entry.ts';
import type { ComparisonEntry, ComparisonReport } from './findings.ts';
import type { Lab } from './lab.ts';
import { asMarkdown } from './markdown.ts';
import type { Match, Size } from './match.ts';
import { SAMPLING } from './measured.ts';
import { asHtml } from './page.ts';
import { scalingOf } from './scaling.ts';
import { methodOf, verdictOf } from './sentences.ts';

export async function reportOf(
  entries: ComparisonEntry[],
  budget: Budget,
  { match, sizes }: { match: Match; sizes: readonly Size[] | undefined },
  { out, dataset, prompt, board }: Lab,
): Promise<ComparisonReport> {
  const { folder, meta } = dataset;
  const { backend, precision, machine } = await readRecord(join(out, slug(entries[0]!.name)));
  const task = taskOf(entries[0]!);
  const { onEqualTerms, write, batchInWords } = await task.load();
  const floor = meta.kind === 'tokens' ? floorOf(meta.splits.val) : undefined;
  const { batchSize, context } = entries[0]!.settings;
  board.live('compressing the text');
  return {
    format: 2,
    created: new Date().toISOString(),
    data: { folder, ...meta },
    match,
    budget,
    equalTerms: onEqualTerms?.label,
    batch: batchInWords(batchSize, context),
    backend,
    precision,
    machine,
    ...(floor && { floor }),
    ...(write && { sampling: { given: task.given, prompt, ...SAMPLING } }),
    entries,
    compressors: await compressors(dataset, await loadTokenizer(dataset.tokenizerFolder)),
    ...(sizes && { scaling: scalingOf(entries, floor?.loss) }),
  };
}

export async function writeReport(out: string, report: ComparisonReport): Promise<void> {
  await writeFileAtomic(join(out, 'report.json'), prettyJson(report));
  await writeFileAtomic(join(out, 'report.md'), asMarkdown(report));
  await writeFileAtomic(join(out, 'report.html'), asHtml(report, verdictOf(report), methodOf(report)));
}
