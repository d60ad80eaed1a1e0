// How Vite builds the page: from the compiled library, as any page that uses it would be built.
import { defineConfig, type Plugin } from 'vite';

/** Vite replaces Node's modules by empty ones, with which the page would fail only when it runs; this fails the build. */
const refuseNode: Plugin = {
  name: 'refuse-node',
  enforce: 'pre',
  resolveId(id, importer) {
    if (id.startsWith('node:')) this.error(`${importer} imports ${id}, which no browser has`);
  },
};

export default defineConfig({
  base: './',
  plugins: [refuseNode],
  worker: { format: 'es', plugins: () => [refuseNode] },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 2000, // kB; tfjs is larger than Vite's default of 500
    rollupOptions: {
      // zod has annotations for another bundler, which Rollup warns of.
      onwarn: (warning, warn) => warning.code === 'INVALID_ANNOTATION' || warn(warning),
    },
  },
});
