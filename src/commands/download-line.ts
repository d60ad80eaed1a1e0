// How far a download has come, on one line.
import { formatBytes } from '../base/format.ts';

const WIDTH = 24;

export function downloadLine(received: number, total: number | undefined): string {
  if (total === undefined) return `downloading: ${formatBytes(received)}`;
  const filled = Math.round((received / total) * WIDTH);
  return `downloading ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${formatBytes(received)} of ${formatBytes(total)}`;
}
