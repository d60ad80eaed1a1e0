// report.html: all that a comparison found on one page, which opens from disk, asks no network and needs no other file.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsgptError } from '../base/errors.ts';
import { PACKAGE_FOLDER } from '../base/package-folder.ts';
import type { ComparisonReport } from './findings.ts';
import type { Figure } from './page/figure.ts';
import { embeddedJson, escaped } from './page/html.ts';
import { lossFigure } from './page/loss.ts';
import { calibrationFigure, positionFigure } from './page/profile.ts';
import { scalingFigure, sweepFigure } from './page/scaling.ts';
import { tableOf } from './page/table.ts';

const FIGURES = [lossFigure, positionFigure, calibrationFigure, scalingFigure, sweepFigure];
/** Of web/report, built there by `npm run build`. */
const BUILT = join(PACKAGE_FOLDER, 'dist/report');
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 3c4 0 3 9 12 10' fill='none' stroke='%23b4512d' stroke-width='2.4' stroke-linecap='round'/%3E%3C/svg%3E";

export function figuresOf(report: ComparisonReport): Figure[] {
  return FIGURES.flatMap((figureOf) => figureOf(report) ?? []);
}

/**
 * @param verdict A sentence: which is the best, and by how much.
 * @param method Sentences: how it was run.
 */
export function asHtml(report: ComparisonReport, verdict: string, method: readonly string[]): string {
  const { data, created, machine } = report;
  const script = built('report.js');
  const figures = figuresOf(report);
  const title = titleOf(report);
  // The browser itself then refuses every request, and every script but this.
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="icon" href="${ICON}">
<style>${built('report.css')}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p class="lede">${escaped(verdict)}</p>
<p class="quiet">${escaped(`${data.source} · ${machine.cpu}, ${machine.cores} cores · ${created.slice(0, 10)}`)}</p>
</header>
<main>
<section aria-labelledby="table-title">
<h2 id="table-title">Results</h2>
<div class="scroller" role="region" aria-labelledby="table-title" tabindex="0">
${tableOf(report)}
</div>
<p class="quiet">${escaped(tableNote(report))}</p>
</section>
<div class="charts">
${figures.map(chartOf).join('\n')}
</div>
${samplesOf(report)}<section aria-labelledby="method-title">
<h2 id="method-title">How it was run</h2>
<ul class="method">
${method.map((sentence) => `<li>${escaped(sentence)}</li>`).join('\n')}
</ul>
</section>
</main>
<footer class="quiet"><p>Made by <code>tsgpt compare</code>. The same facts stand in report.json and report.md beside this page.</p></footer>
<script type="application/json" id="figures">${embeddedJson(figures)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function built(name: string): string {
  const path = join(BUILT, name);
  if (!existsSync(path))
    throw new TsgptError(`the report’s page has not been built: there is no ${path}`, 'npm run build');
  return readFileSync(path, 'utf8').trim();
}

function titleOf({ entries }: ComparisonReport): string {
  const archs = [...new Set(entries.map(({ arch }) => arch))];
  return archs.length > 1 ? `${archs.slice(0, -1).join(', ')} and ${archs.at(-1)} compared` : archs[0]!;
}

function tableNote({ entries, floor, compressors }: ComparisonReport): string {
  const seeds = Math.max(...entries.map(({ runs }) => runs.length));
  const sentences = [
    seeds > 1 ? `Means over ${seeds} seeds, ± the standard deviation.` : '',
    `In bold: the lowest loss${seeds > 1 ? ', and every other that the spread of the seeds cannot tell from it' : ''}.`,
    compressors.length > 0 ? 'Compressors read the same text.' : '',
    floor ? 'The floor is the text’s own entropy.' : '',
  ];
  return sentences.filter(Boolean).join(' ');
}

/** The script draws into the figure, and tells what it drew. */
function chartOf({ id, title, caption }: Figure): string {
  return `<section aria-labelledby="${id}-title">
<h2 id="${id}-title">${escaped(title)}</h2>
<figure id="${id}">
<div class="drawing"><noscript>The charts are drawn by a script, which this browser does not run.</noscript></div>
<figcaption>${escaped(caption)}</figcaption>
</figure>
</section>`;
}

function samplesOf({ entries, sampling }: ComparisonReport): string {
  const samples = entries.flatMap(({ name, runs }) => {
    const run = runs.find(({ sample }) => sample !== undefined);
    return run ? [{ name, text: run.sample! }] : [];
  });
  if (!sampling || samples.length === 0) return '';
  const { given: what, prompt, temperature, maxTokens, seed } = sampling;
  const given = prompt === '' ? '' : `<span class="given">${escaped(prompt)}</span>`;
  const cards = samples.map(
    ({ name, text }) =>
      `<article><h3>${escaped(name)}</h3><div class="prose" dir="auto">${given}${escaped(text)}</div></article>`,
  );
  return `<section aria-labelledby="samples-title">
<h2 id="samples-title">What they write</h2>
<p class="quiet">${prompt === '' ? 'Without a prompt' : `From the same ${what}, in grey`}, temperature ${temperature}, at most ${maxTokens} tokens, seed ${seed}.</p>
<div class="samples">
${cards.join('\n')}
</div>
</section>
`;
}
