// What every test file begins with: the matcher toAgree, and the seed of property tests. These explore new cases on every
// run of ours; continuous integration repeats the same ones.
import fc from 'fast-check';
import './agree.ts';

if (process.env.CI) fc.configureGlobal({ seed: 20261121 });
