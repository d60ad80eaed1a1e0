import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../src/base/half.ts';

const ALL = Uint16Array.from({ length: 2 ** 16 }, (_, word) => word);
const LARGEST = 0x7bff;
const INFINITE = 0x7c00;

function sha256(data: Float32Array | Uint16Array): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}

/** The next float32 away from zero, or towards it. */
function beside(value: number, step: 1 | -1): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]! += step;
  return new Float32Array(bits.buffer)[0]!;
}

function allMagnitudes(): Float32Array {
  const bits = Uint32Array.from({ length: 2 ** 20 }, (_, i) => Math.imul(i, 2654435761));
  return new Float32Array(bits.buffer);
}

/** One half for each value. */
function halves(...values: number[]): number[] {
  return [...toFloat16(Float32Array.from(values))];
}

describe('float16 and float32', () => {
  const floats = fromFloat16(ALL);

  it('the value of every half is numpy’s', () => {
    // h = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32); h[np.isnan(h)] = 0
    // hashlib.sha256(h.tobytes()).hexdigest()
    expect(sha256(floats.map((value) => (Number.isNaN(value) ? 0 : value)))).toBe(
      'faa6d965574036872b0d39a42d1f8bee361d5be92b1e718155a69556a5abacdd',
    );
    expect(floats.filter(Number.isNaN)).toHaveLength(2 * 1023);
  });

  it('every half is converted to float32 and back unchanged, NaNs to a NaN', () => {
    const back = toFloat16(floats);
    const wrong = ALL.filter((word) =>
      Number.isNaN(floats[word]!) ? (back[word]! & 0x7fff) <= INFINITE : back[word] !== word,
    );
    expect([...wrong]).toEqual([]);
  });

  it('float32 is rounded to the nearest half, ties to even, between all neighbours', () => {
    const wrong = ALL.subarray(0, LARGEST).filter((low) => {
      const high = low + 1;
      const middle = (floats[low]! + floats[high]!) / 2;
      const [below, at, above] = halves(beside(middle, -1), middle, beside(middle, 1));
      const [negative] = halves(-middle);
      const even = low % 2 === 0 ? low : high;
      return !(below === low && at === even && above === high && negative === (even | 0x8000));
    });
    expect([...wrong]).toEqual([]);
  });

  it('a million float32 of all magnitudes become the halves that numpy makes of them', () => {
    // f = (np.arange(2**20, dtype=np.uint64) * 2654435761 % 2**32).astype(np.uint32).view(np.float32)
    // w = f.astype(np.float16).view(np.uint16); w[np.isnan(f)] = 0; hashlib.sha256(w.tobytes()).hexdigest()
    const values = allMagnitudes();
    const words = toFloat16(values).map((word, i) => (Number.isNaN(values[i]!) ? 0 : word));
    expect(sha256(words)).toBe('f7a2a451079a4014a46683fa944885ebf58aade0884c55a6b47dd2b65537178e');
  });

  it('values beyond the largest half become infinite', () => {
    expect(halves(65504, beside(65520, -1), 65520, 1e30, -65520, -Infinity)).toEqual([
      LARGEST,
      LARGEST,
      INFINITE,
      INFINITE,
      INFINITE | 0x8000,
      INFINITE | 0x8000,
    ]);
  });

  it('a part of a buffer is converted without its neighbours', () => {
    expect([...toFloat16(Float32Array.of(9, 1, -2, 9).subarray(1, 3))]).toEqual([0x3c00, 0xc000]);
    expect([...fromFloat16(Uint16Array.of(9, 0x3c00, 9).subarray(1, 2))]).toEqual([1]);
  });
});

it('every bfloat16 is widened to the float32 with the same upper bits', () => {
  const floats = fromBfloat16(ALL);
  const view = new DataView(new ArrayBuffer(4));
  const wrong = ALL.filter((word) => {
    view.setUint16(0, word); // big-endian: the upper half comes first
    return !Object.is(floats[word], view.getFloat32(0));
  });
  expect([...wrong]).toEqual([]);
});

it('a million float32 of all magnitudes become the bfloat16s that PyTorch makes of them, NaNs a NaN', () => {
  // w = torch.from_numpy(f).bfloat16().view(torch.int16).numpy().view(np.uint16).copy(); w[np.isnan(f)] = 0
  const values = allMagnitudes();
  const words = toBfloat16(values);
  const back = fromBfloat16(words);
  expect(values.every((value, i) => Number.isNaN(value) === Number.isNaN(back[i]!))).toBe(true);
  expect(sha256(words.map((word, i) => (Number.isNaN(values[i]!) ? 0 : word)))).toBe(
    '613c7f88232f48afb66800717b6644b4aceb5b7352ba750a3d36706b7aa88daf',
  );
});
