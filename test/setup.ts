// What every test file begins with: the matcher toAgree, the removal of its folders, and the seed of property tests. These
// explore new cases on every run of ours; continuous integration repeats the same ones.
import fc from 'fast-check';
import { afterAll } from 'vitest';
import { removeTemporaryFolders } from './temporary-folder.ts';
import './agree.ts';

afterAll(removeTemporaryFolders);
if (process.env.CI) fc.configureGlobal({ seed: 20261121 });
