// Progress lines on a terminal and in a log, and numbers as people read them.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFlops,
  formatRate,
  formatScientific,
} from '../../src/base/format.ts';
import { createProgress } from '../../src/base/progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function fakeStream(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

/** What a terminal shows after these writes, row by row. */
function screen(written: string[]): string[] {
  const rows = [''];
  const pieces = written
    .join('')
    .replaceAll('\x1b[', '␛')
    .split(/(\r|\n|␛\d*[AJ])/);
  for (const piece of pieces) {
    const [, amount, command] = /^␛(\d*)([AJ])$/.exec(piece) ?? [];
    if (piece === '\n') rows.push('');
    else if (command === 'A')
      rows.length -= Number(amount); // only ever followed by J
    else if (piece === '\r' || command === 'J') rows[rows.length - 1] = '';
    else rows[rows.length - 1] += piece;
  }
  return rows;
}

describe('progress on a terminal', () => {
  it('rewrites one line, prints notes above it, and leaves the last state on the screen', () => {
    const stream = fakeStream(true);
    const progress = createProgress(stream);
    progress.live('step 1');
    vi.advanceTimersByTime(100);
    progress.live('step 2');
    expect(screen(stream.written)).toEqual(['step 2']);
    progress.note('saved step-000002');
    expect(screen(stream.written)).toEqual(['saved step-000002', 'step 2']);
    progress.live('step 3');
    progress.end();
    expect(screen(stream.written)).toEqual(['saved step-000002', 'step 3', '']);
    progress.end();
    progress.note('done');
    expect(screen(stream.written)).toEqual(['saved step-000002', 'step 3', 'done', '']);
  });

  it('rewrites a table above the line, which notes leave whole and the end leaves on the screen', () => {
    const stream = fakeStream(true);
    const progress = createProgress(stream);
    progress.live('gpt: step 1', ['gpt   2.5', 'lstm  –']);
    vi.advanceTimersByTime(100);
    progress.live('gpt: step 2', ['gpt   2.4', 'lstm  –']);
    expect(screen(stream.written)).toEqual(['gpt   2.4', 'lstm  –', 'gpt: step 2']);
    progress.note('gpt is trained');
    expect(screen(stream.written)).toEqual(['gpt is trained', 'gpt   2.4', 'lstm  –', 'gpt: step 2']);
    vi.advanceTimersByTime(100);
    progress.live('measuring');
    expect(screen(stream.written)).toEqual(['gpt is trained', 'measuring']);
    progress.end();
    expect(screen(stream.written)).toEqual(['gpt is trained', 'measuring', '']);
  });

  it('of a table taller than the screen only the end is drawn', () => {
    const stream = { ...fakeStream(true), rows: 2 };
    const progress = createProgress(stream);
    progress.live('now', ['one', 'two']);
    expect(screen(stream.written)).toEqual(['two', 'now']);
  });

  it('redraws about ten times a second', () => {
    const stream = fakeStream(true);
    const progress = createProgress(stream);
    for (let ms = 0; ms < 1000; ms++) {
      progress.live(`at ${ms} ms`);
      vi.advanceTimersByTime(1);
    }
    expect(stream.written).toHaveLength(10);
  });

  it('is cut to one line that leaves the last column free', () => {
    const stream = fakeStream(true, 10);
    const progress = createProgress(stream);
    progress.live('123456789');
    expect(screen(stream.written)).toEqual(['123456789']);
    vi.advanceTimersByTime(100);
    progress.live('12345678\n90');
    expect(screen(stream.written)).toEqual(['12345678…']);
  });
});

describe('progress in a log', () => {
  it('is a plain line every few seconds, the last state, and every note', () => {
    const stream = fakeStream(false);
    const progress = createProgress(stream);
    for (let second = 0; second < 12; second++) {
      progress.live(`at ${second} s`);
      if (second === 3) progress.note('a note');
      vi.advanceTimersByTime(1000);
    }
    progress.end();
    progress.end();
    expect(stream.written).toEqual(['at 0 s\n', 'a note\n', 'at 5 s\n', 'at 10 s\n', 'at 11 s\n']);
  });
});

it('durations, sizes, counts and rates are written with the units that people read', () => {
  expect(formatCount(1003854)).toBe('1,003,854');
  expect([0, 9.96, 59.6, 60, 3599.6, 7500, 86399, 180000].map(formatDuration)).toEqual([
    '0.0 s',
    '10 s',
    '1 min 00 s',
    '1 min 00 s',
    '1 h 00 min',
    '2 h 05 min',
    '1 d 00 h',
    '2 d 02 h',
  ]);
  expect([0, 1023, 1024, 1048575, 3.5 * 2 ** 30].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.0 MiB',
    '3.5 GiB',
  ]);
  expect(formatRate(12345.6, 'tokens')).toBe('12,346 tokens/s');
  expect(formatRate(2.71449, 'steps')).toBe('2.71 steps/s');
  expect(formatRate(0.01234, 'steps')).toBe('0.0123 steps/s');
  expect([7.123, 186.2, 999.4].map(formatFlops)).toEqual(['7.12 GFLOP/s', '186 GFLOP/s', '999 GFLOP/s']);
  expect([999.5, 52_345].map(formatFlops)).toEqual(['1.00 TFLOP/s', '52.3 TFLOP/s']);
  expect([0, 6.14e13, 0.00012, -1, 9.999e9].map(formatScientific)).toEqual([
    '0',
    '6.14 × 10¹³',
    '1.2 × 10⁻⁴',
    '-1 × 10⁰',
    '1 × 10¹⁰',
  ]);
});
