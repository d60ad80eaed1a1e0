// The README's picture: the validation losses of a comparison, from its report.json.
// node tools/loss-picture.mjs docs/comparison/stories/report.json > docs/loss.svg
import { readFileSync } from 'node:fs';
import { lineChart } from 'tsgpt';

const { entries, floor } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const trained = entries.filter(({ runs }) => runs[0].curve.length > 1);
const fitted = entries.filter((entry) => !trained.includes(entry));

const svg = lineChart({
  title: 'Models of one size on the same tokens of the built-in stories',
  xLabel: 'tokens seen',
  yLabel: 'validation loss, nats per character',
  series: trained.map(({ name, runs }) => ({
    name,
    points: runs[0].curve.map(({ tokens, loss }) => [tokens, loss]),
  })),
  lines: [
    ...fitted.map(({ name, loss }) => ({ name, y: loss.mean })),
    ...(floor ? [{ name: 'floor', y: floor.loss }] : []),
  ],
});
process.stdout.write(svg);
