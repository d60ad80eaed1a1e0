// SampleTokens, a workgroup a row. The rules are those of src/ops/sample-token.ts, without a sort: each cut-off is a
// threshold, found by radix select, and weights below it are passed over.
import type * as tf from '#tfjs';
import { backend, dispose, type Kernel, output, outputInts } from '../memory.ts';
import { programs } from '../program.ts';
import { IS_FINITE, reductions } from '../wgsl.ts';

export const KERNELS: Record<string, Kernel> = { SampleTokens };

const THREADS = 256;
/** A weight is at most 1, so 30 bits tell it from others; a pass of radix select finds so many of them. */
const DIGIT = 3;
const BINS = 2 ** DIGIT;
/** Threads that add up the parts of one bin. */
const ADDERS = 8;
/** A search for an id cuts the row into so many pieces, and then the piece that holds it. */
const PIECES = 16;
const LANES = THREADS / PIECES;

/** What each row's token is sampled by, as the columns of a matrix. */
const SETTINGS = ['random', 'sharpness', 'topK', 'topP', 'minP', 'penalty'] as const;

/** Larger than any number that counts, and within float32. */
const NONE = 3e38;

const SETTINGS_OF_ROW = `
struct Settings { ${SETTINGS.map((name) => `${name}: f32,`).join(' ')} }

// The settings of one row; a negative sharpness asks for the likeliest token, and a topK of 0 for no such cut-off.
fn settingsOf(row: u32) -> Settings {
  let at = row * ${SETTINGS.length}u;
  return Settings(${SETTINGS.map((_, i) => `settings[at + ${i}u]`).join(', ')});
}`;

const STATE = `
const RULED_OUT = 0xff800000u; // the bits of −Infinity: compilers may take floats to be finite
const NONE = ${NONE};

var<private> start: u32; // of the row in logits and weights
// A token is kept if its weight is above the edge, or at the edge and its id at most the last one.
var<private> edge: f32;
var<private> last: u32;
var<workgroup> bins: array<f32, ${BINS * THREADS}>;
var<workgroup> parts: array<f32, ${ADDERS * BINS}>;`;

/** Scores stand in `weights`, where they become weights. */
const SCORES = `
// Copies the row's logits to the scores; returns 1 where one is NaN or +Infinity, else 0.
fn readScores(thread: u32) -> f32 {
  var trouble = 0.0;
  for (var v = thread; v < n.known; v += ${THREADS}u) {
    let bits = logits[start + v];
    weights[start + v] = bitcast<f32>(bits);
    if (!isFinite(bits) && bits != RULED_OUT) { trouble = 1.0; }
  }
  storageBarrier();
  return trouble;
}

// The first id of the largest score, as a float; NONE where every token is ruled out. Scores become weights: powers of e,
// of which the largest is 1.
fn weigh(sharpness: f32, thread: u32) -> f32 {
  var largest = -NONE;
  for (var v = thread; v < n.known; v += ${THREADS}u) {
    if (logits[start + v] != RULED_OUT) { largest = max(largest, weights[start + v]); }
  }
  largest = maxOf(largest, thread);
  var first = NONE;
  for (var v = thread; v < n.known; v += ${THREADS}u) {
    let score = weights[start + v];
    let possible = logits[start + v] != RULED_OUT;
    if (possible && score == largest) { first = min(first, f32(v)); }
    weights[start + v] = select(0.0, exp(max((score - largest) * sharpness, -200.0)), possible);
  }
  storageBarrier();
  return -maxOf(-first, thread);
}`;

const PENALTY = `
// Makes the scores of the tokens seen less likely; returns 1 where one leaves float32's range, else 0.
fn penalize(row: u32, penalty: f32, thread: u32) -> f32 {
  var trouble = 0.0;
  for (var i = thread; i < n.S; i += ${THREADS}u) {
    let id = seen[row * n.S + i];
    if (id < 0 || u32(id) >= n.known || logits[start + u32(id)] == RULED_OUT) { continue; }
    let score = weights[start + u32(id)];
    let penalized = select(score * penalty, score / penalty, score > 0.0);
    weights[start + u32(id)] = penalized;
    if (!isFinite(bitcast<u32>(penalized))) { trouble = 1.0; }
  }
  storageBarrier();
  return trouble;
}`;

const KEPT = `
// The weight of token v, or 0 where a cut-off has ruled it out.
fn kept(v: u32) -> f32 {
  let weight = weights[start + v];
  return select(0.0, weight, weight > edge || (weight == edge && v <= last));
}

// The sum of the weights that are kept.
fn keptMass(thread: u32) -> f32 {
  var sum = 0.0;
  for (var v = thread; v < n.known; v += ${THREADS}u) { sum += kept(v); }
  return sumOf(sum, thread);
}`;

const CUTOFF = `
// Fills the bins of the next digit: bin d gets the number (counted) or the sum of the weights whose leading bits are those
// found, followed by d. Each bin ends up in ${ADDERS} parts.
fn fillBins(found: u32, shift: u32, counted: bool, thread: u32) {
  for (var bin = 0u; bin < ${BINS}u; bin++) { bins[bin * ${THREADS}u + thread] = 0.0; }
  for (var v = thread; v < n.known; v += ${THREADS}u) {
    let bits = bitcast<u32>(weights[start + v]) >> shift;
    if (bits >> ${DIGIT}u == found) { bins[bits % ${BINS}u * ${THREADS}u + thread] += select(kept(v), 1.0, counted); }
  }
  workgroupBarrier();
  if (thread < ${ADDERS * BINS}u) {
    var part = 0.0;
    for (var i = thread % ${ADDERS}u; i < ${THREADS}u; i += ${ADDERS}u) { part += bins[thread / ${ADDERS}u * ${THREADS}u + i]; }
    parts[thread] = part;
  }
  workgroupBarrier();
}

// What fillBins put into a bin.
fn binOf(digit: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < ${ADDERS}u; i++) { sum += parts[digit * ${ADDERS}u + i]; }
  return sum;
}

// The largest threshold t such that the weights ≥ t number at least \`goal\` (counted) or sum to at least \`goal\`; returns
// (t, total strictly above t). The bits of t are found from the highest down: those of positive floats stand in their order.
fn cutoff(goal: f32, counted: bool, thread: u32) -> vec2f {
  var found = 0u;
  var above = 0.0;
  for (var shift = ${30 - DIGIT}i; shift >= 0i; shift -= ${DIGIT}i) {
    fillBins(found, u32(shift), counted, thread);
    var digit = ${BINS}u;
    loop {
      digit--;
      let sum = binOf(digit);
      if (digit == 0u || above + sum >= goal) { break; }
      above += sum;
    }
    found = found * ${BINS}u + digit;
  }
  return vec2f(bitcast<f32>(found), above);
}`;

const LOCATE = `
// The first id at which the running sum of the kept weights (or, at the edge, the running count of the weights that equal
// it) exceeds \`goal\`; where rounding keeps the whole sum from it, the last id that adds to the sum.
fn locate(goal: f32, atEdge: bool, thread: u32) -> u32 {
  var first = 0u; // of the piece that holds the id
  var missing = goal;
  for (var length = n.known; length > 1u;) {
    length = (length + ${PIECES - 1}u) / ${PIECES}u;
    var sum = 0.0;
    for (var i = thread % ${LANES}u; i < length; i += ${LANES}u) {
      let v = first + thread / ${LANES}u * length + i;
      if (v < n.known) { sum += select(kept(v), select(0.0, 1.0, weights[start + v] == edge), atEdge); }
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
    first += chosen * length;
    missing -= before;
  }
  return first;
}`;

const DRAW = `
// A token drawn in proportion to the weights that top-k, top-p and min-p keep.
fn draw(by: Settings, thread: u32) -> u32 {
  edge = 0.0;
  last = n.known;
  if (by.topK > 0.0) { edge = cutoff(by.topK, true, thread).x; }
  if (by.topP < 1.0) {
    let goal = by.topP * keptMass(thread);
    let found = cutoff(goal, false, thread);
    edge = max(edge, found.x);
    let enough = locate(max(0.0, ceil((goal - found.y) / edge) - 1.0), true, thread);
    if (found.x == edge) { last = enough; }
  }
  if (by.minP > edge) {
    edge = by.minP;
    last = n.known;
  }
  return locate(by.random * keptMass(thread), false, thread);
}`;

const sample = programs(({ penalized }: { penalized: boolean }) => ({
  name: 'sampleTokens',
  reads: { logits: 'u32', settings: 'f32', ...(penalized && { seen: 'i32' }) },
  writes: { weights: 'f32', picks: 'i32' },
  numbers: { rows: 'u32', V: 'u32', known: 'u32', S: 'u32' },
  threads: THREADS,
  declarations: [
    reductions(THREADS),
    IS_FINITE,
    SETTINGS_OF_ROW,
    STATE,
    SCORES,
    penalized ? PENALTY : '',
    KEPT,
    CUTOFF,
    LOCATE,
    DRAW,
  ].join('\n'),
  body: `
  if (group >= n.rows) { return; }
  start = group * n.V;
  let by = settingsOf(group);
  var trouble = readScores(thread);
  ${penalized ? 'trouble = max(trouble, penalize(group, by.penalty, thread));' : ''}
  trouble = maxOf(trouble, thread);
  let likeliest = weigh(by.sharpness, thread);
  var id = u32(likeliest);
  if (by.sharpness >= 0.0) { id = draw(by, thread); }
  if (thread == 0u) { picks[group] = select(i32(id), -1, trouble > 0.0 || likeliest == NONE); }`,
}));

function SampleTokens({ logits, seen }: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const [rows, V] = logits!.shape as [number, number];
  const known = attributes.known as number;
  const settings = settingsMatrix(rows, attributes as Record<string, number[]>, known);
  const [weights, picks] = [output([rows, V]), outputInts([rows])];
  const arrays = { logits: logits!, settings, ...(seen && { seen }), weights, picks };
  sample({ penalized: seen !== undefined }).run(arrays, { rows, V, known, S: seen?.shape[1] ?? 0 }, rows);
  dispose(settings, weights);
  return [picks];
}

/** (rows, SETTINGS), each brought into float32's range. */
function settingsMatrix(
  rows: number,
  { uniforms, temperature, topK, topP, minP, repetitionPenalty }: Record<string, number[]>,
  known: number,
): tf.TensorInfo {
  const settings = Array.from({ length: rows }, (_, b) => ({
    random: uniforms![b]!,
    sharpness: temperature![b] === 0 ? -1 : Math.min(1 / temperature![b]!, NONE),
    topK: topK![b]! < known ? topK![b]! : 0,
    topP: Math.max(topP![b]!, 1e-30),
    minP: minP![b]!,
    penalty: repetitionPenalty![b]!,
  }));
  const values = Float32Array.from(settings.flatMap((row) => SETTINGS.map((name) => row[name])));
  return backend().makeTensorInfo([rows, SETTINGS.length], 'float32', values);
}
