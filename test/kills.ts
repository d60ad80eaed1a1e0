// How often processes are killed in the tests whose name is killed.test.ts: a few times on each push, a thousand times in
// `npm run test:long`, which says so in KILLS.

/** On each push, and of each thousand. */
const KILLS = {
  'train gpt': [5, 300],
  'train lstm': [5, 300],
  'train gru': [3, 60],
  'train lora': [3, 60],
  'train plain': [3, 40],
  'save gpt': [3, 75],
  'save lstm': [3, 75],
  prepare: [5, 150],
} as const;

export function killsOf(what: keyof typeof KILLS): number {
  const [onPush, ofThousand] = KILLS[what];
  const all = process.env.KILLS;
  return all === undefined ? onPush : Math.ceil((ofThousand * Number(all)) / 1000);
}

/** Time for so many starts of a process, on a machine on which each takes ten seconds. */
export function timeFor(kills: number): { timeout: number } {
  return { timeout: 480_000 + kills * 10_000 };
}
