// SampleTokens, a workgroup a row. The rules are those of src/ops/sample-token.ts: cut-offs leave an edge, the least weight
// that may be drawn, and the last id that may be at it; nothing is sorted or moved.
import type * as tf from '#tfjs';
import { dispose, type Kernel, output, outputInts } from '../memory.ts';
import { programs } from '../program.ts';
import { IS_FINITE, reductions } from '../wgsl.ts';

export const KERNELS: Record<string, Kernel> = { SampleTokens };

const THREADS = 256;
/** Of a weight's 30 bits (it is 1 at most), how many are found at a time. */
const DIGIT = 3;
const BINS = 2 ** DIGIT;
/** The row is cut into so many pieces, and the piece again, to find an id. */
const PIECES = 16;
const LANES = THREADS / PIECES;

const HELPERS = `${IS_FINITE}
const RULED_OUT = 0xff800000u; // as bits: no arithmetic here may meet an infinity
const NONE = 3e38;

var<private> row: u32;
var<private> edge: f32;
var<private> last: u32;
var<workgroup> bins: array<f32, ${BINS * THREADS}>;
var<workgroup> parts: array<f32, ${8 * BINS}>;

fn kept(v: u32) -> f32 {
  let weight = weights[row + v];
  return select(0.0, weight, weight > edge || (weight == edge && v <= last));
}

fn keptMass(thread: u32) -> f32 {
  var sum = 0.0;
  for (var v = thread; v < n.known; v += ${THREADS}u) { sum += kept(v); }
  return sumOf(sum, thread);
}

// The largest weight such that those from it on, each counted or by its mass, reach the target; and what is above it.
fn cutoff(goal: f32, counted: bool, thread: u32) -> vec2f {
  var found = 0u; // its leading bits
  var above = 0.0;
  for (var shift = ${30 - DIGIT}i; shift >= 0i; shift -= ${DIGIT}i) {
    for (var bin = 0u; bin < ${BINS}u; bin++) { bins[bin * ${THREADS}u + thread] = 0.0; }
    for (var v = thread; v < n.known; v += ${THREADS}u) {
      let bits = bitcast<u32>(weights[row + v]) >> u32(shift);
      if (bits >> ${DIGIT}u == found) { bins[bits % ${BINS}u * ${THREADS}u + thread] += select(kept(v), 1.0, counted); }
    }
    workgroupBarrier();
    if (thread < ${8 * BINS}u) { // eight parts of each bin
      var part = 0.0;
      for (var i = thread % 8u; i < ${THREADS}u; i += 8u) { part += bins[thread / 8u * ${THREADS}u + i]; }
      parts[thread] = part;
    }
    workgroupBarrier();
    var digit = ${BINS}u;
    loop {
      digit--;
      var sum = 0.0;
      for (var i = 0u; i < 8u; i++) { sum += parts[digit * 8u + i]; }
      if (digit == 0u || above + sum >= goal) { break; }
      above += sum;
    }
    found = found * ${BINS}u + digit;
  }
  return vec2f(bitcast<f32>(found), above);
}

// The first id at which the sum of what is kept, or the number of those at the edge, exceeds the target; the last one
// that adds to it, where rounding lets it fall short.
fn locate(goal: f32, atEdge: bool, thread: u32) -> u32 {
  var start = 0u;
  var missing = goal;
  for (var length = n.known; length > 1u;) {
    length = (length + ${PIECES - 1}u) / ${PIECES}u;
    var sum = 0.0;
    for (var i = thread % ${LANES}u; i < length; i += ${LANES}u) {
      let v = start + thread / ${LANES}u * length + i;
      if (v < n.known) { sum += select(kept(v), select(0.0, 1.0, weights[row + v] == edge), atEdge); }
    }
    bins[thread] = sum;
    workgroupBarrier();
    if (thread < ${PIECES}u) {
      var part = 0.0;
      for (var i = 0u; i < ${LANES}u; i++) { part += bins[thread * ${LANES}u + i]; }
      parts[thread] = part;
    }
    workgroupBarrier();
    var chosen = 0u;
    var before = 0.0;
    var passed = 0.0;
    for (var piece = 0u; piece < ${PIECES}u && passed <= missing; piece++) {
      if (parts[piece] > 0.0) {
        chosen = piece;
        before = passed;
        passed += parts[piece];
      }
    }
    start += chosen * length;
    missing -= before;
  }
  return start;
}

// By the weights, after top-k, top-p and min-p.
fn drawn(uniform: f32, thread: u32) -> u32 {
  edge = 0.0;
  last = n.known;
  if (n.topK > 0u) { edge = cutoff(f32(n.topK), true, thread).x; }
  if (n.topP < 1.0) {
    let goal = n.topP * keptMass(thread);
    let found = cutoff(goal, false, thread);
    edge = max(edge, found.x);
    let enough = locate(max(0.0, ceil((goal - found.y) / edge) - 1.0), true, thread);
    if (found.x == edge) { last = enough; }
  }
  if (n.minP > edge) {
    edge = n.minP;
    last = n.known;
  }
  return locate(uniform * keptMass(thread), false, thread);
}`;

const PENALTY = `
  for (var i = thread; i < n.S; i += ${THREADS}u) {
    let id = seen[group * n.S + i];
    if (id < 0 || u32(id) >= n.known || logits[row + u32(id)] == RULED_OUT) { continue; }
    let score = weights[row + u32(id)];
    let penalized = select(score * n.penalty, score / n.penalty, score > 0.0);
    weights[row + u32(id)] = penalized;
    if (!isFinite(bitcast<u32>(penalized))) { trouble = 1.0; }
  }
  storageBarrier();`;

const pick = programs(({ penalized }: { penalized: boolean }) => ({
  name: 'sampleTokens',
  reads: { logits: 'u32', uniforms: 'f32', ...(penalized && { seen: 'i32' }) },
  writes: { weights: 'f32', picks: 'i32' },
  numbers: {
    rows: 'u32',
    V: 'u32',
    known: 'u32',
    S: 'u32',
    greedy: 'u32',
    topK: 'u32',
    topP: 'f32',
    minP: 'f32',
    penalty: 'f32',
    sharpness: 'f32',
  },
  threads: THREADS,
  declarations: `${reductions(THREADS)}\n${HELPERS}`,
  body: `
  if (group >= n.rows) { return; }
  row = group * n.V;
  var trouble = 0.0;
  for (var v = thread; v < n.known; v += ${THREADS}u) {
    let bits = logits[row + v];
    weights[row + v] = bitcast<f32>(bits);
    if (!isFinite(bits) && bits != RULED_OUT) { trouble = 1.0; }
  }
  storageBarrier();
  ${penalized ? PENALTY : ''}
  trouble = maxOf(trouble, thread);
  var largest = -NONE;
  for (var v = thread; v < n.known; v += ${THREADS}u) {
    if (logits[row + v] != RULED_OUT) { largest = max(largest, weights[row + v]); }
  }
  largest = maxOf(largest, thread);
  var first = NONE; // id of the largest
  for (var v = thread; v < n.known; v += ${THREADS}u) {
    let score = weights[row + v];
    let possible = logits[row + v] != RULED_OUT;
    if (possible && score == largest) { first = min(first, f32(v)); }
    weights[row + v] = select(0.0, exp(max((score - largest) * n.sharpness, -200.0)), possible);
  }
  first = -maxOf(-first, thread);
  storageBarrier();
  var id = u32(first);
  if (n.greedy == 0u) { id = drawn(uniforms[group], thread); }
  if (thread == 0u) { picks[group] = select(i32(id), -1, trouble > 0.0 || first == NONE); }`,
}));

function SampleTokens(
  { logits, uniforms, seen }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [rows, V] = logits!.shape as [number, number];
  const { known, temperature, topK, topP, minP, repetitionPenalty } = attributes as Record<string, number>;
  const [weights, picks] = [output([rows, V]), outputInts([rows])];
  const numbers = {
    rows,
    V,
    known: known!,
    S: seen?.shape[1] ?? 0,
    greedy: temperature === 0 ? 1 : 0,
    topK: topK! < known! ? topK! : 0,
    topP: Math.max(topP!, 1e-30), // float32 has no less
    minP: minP!,
    penalty: repetitionPenalty!,
    sharpness: Math.min(1 / temperature!, 3e38),
  };
  const arrays = { logits: logits!, uniforms: uniforms!, ...(seen && { seen }), weights, picks };
  pick({ penalized: seen !== undefined }).run(arrays, numbers, rows);
  dispose(weights);
  return [picks];
}
