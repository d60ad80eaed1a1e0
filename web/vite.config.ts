// How the page is built: from the compiled library, as any page that uses it would be.
import { defineConfig, type Plugin } from 'vite';

/** Vite would put an empty module in the place of one of Node's, and the page would fail when it runs. */
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
    chunkSizeWarningLimit: 2000, // kB: tfjs
    rollupOptions: {
      // zod's hints for another bundler
      onwarn: (warning, warn) => warning.code === 'INVALID_ANNOTATION' || warn(warning),
    },
  },
});
