// A small search for a learning rate: factors of two around the usual one, and further where the best lies at the edge.

export interface Tried {
  rate: number;
  loss: number;
}

const FACTORS = [1 / 4, 1 / 2, 1, 2, 4];
const MOST_FURTHER = 3;
/** A rate is tried on this share of the budget, its schedule drawn together to fit. */
export const SWEEP_SHARE = 1 / 4;

/** `lossOf` trains with a rate. A loss that is not finite loses to every other. */
export async function sweepRates(usual: number, lossOf: (rate: number) => Promise<number>): Promise<Tried[]> {
  const tried: Tried[] = [];
  const tryRate = async (rate: number) => tried.push({ rate, loss: await lossOf(rate) });
  for (const factor of FACTORS) await tryRate(rounded(usual * factor));
  for (let further = 0; further < MOST_FURTHER; further++) {
    const { rate } = bestOf(tried);
    const rates = tried.map((one) => one.rate);
    if (rate === Math.min(...rates)) await tryRate(rounded(rate / 2));
    else if (rate === Math.max(...rates)) await tryRate(rounded(rate * 2));
    else break;
  }
  return tried.sort((a, b) => a.rate - b.rate);
}

export function bestOf(tried: readonly Tried[]): Tried {
  const sound = tried.filter(({ loss }) => Number.isFinite(loss));
  return (sound.length > 0 ? sound : tried).reduce((best, one) => (one.loss < best.loss ? one : best));
}

/** Two digits: what a folder and a report can name. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(2));
}
