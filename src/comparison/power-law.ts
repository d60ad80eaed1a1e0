// A power law, y = factor · x^exponent, by least squares on logarithms.

export interface PowerLaw {
  readonly factor: number;
  readonly exponent: number;
  /** The exponent's standard error; undefined for fewer than three points, which leave nothing over to tell it by. */
  readonly error: number | undefined;
}

/** Returns nothing for fewer than two different x, or where a logarithm does not exist. */
export function powerLaw(points: readonly (readonly [x: number, y: number])[]): PowerLaw | undefined {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  if (!logs.flat().every(Number.isFinite)) return undefined;
  const n = logs.length;
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / n;
  const sxx = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const sxy = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  if (!(sxx > 0)) return undefined;
  const exponent = sxy / sxx;
  const intercept = meanY - exponent * meanX;
  const residual = logs.reduce((sum, [x, y]) => sum + (y - intercept - exponent * x) ** 2, 0);
  const error = n > 2 ? Math.sqrt(residual / (n - 2) / sxx) : undefined;
  return { factor: Math.exp(intercept), exponent, error };
}
