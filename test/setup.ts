// Property tests explore new cases on every run of ours; continuous integration repeats the same ones.
import fc from 'fast-check';

if (process.env.CI) fc.configureGlobal({ seed: 20261121 });
