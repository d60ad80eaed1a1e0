// Where this package lies: the nearest folder with a package.json, since a bundle's files lie elsewhere than their sources.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PACKAGE_FOLDER = nearestPackage(dirname(fileURLToPath(import.meta.url)));

function nearestPackage(folder: string): string {
  const isOutermost = folder === dirname(folder);
  return isOutermost || existsSync(join(folder, 'package.json')) ? folder : nearestPackage(dirname(folder));
}
