// Packages that the user may install or not: the first of some that is installed and loads.
import { messageOf, systemCode } from './errors.ts';

export type OptionalPackage = { name: string; module: unknown } | { reason: string };
export type LoadPackage = (name: string) => Promise<unknown>;

export async function firstInstalled(
  names: readonly [string, string],
  load: LoadPackage = (name) => import(name),
): Promise<OptionalPackage> {
  const failures: string[] = [];
  for (const name of names) {
    try {
      return { name, module: await load(name) };
    } catch (error) {
      const missing = systemCode(error) === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${name}'`);
      if (!missing) failures.push(`${name} does not load: ${messageOf(error)}`);
    }
  }
  return { reason: failures.join('; ') || `neither ${names.join(' nor ')} is installed` };
}
