// A process that downloads one repository, for test/hub/download.test.ts; prints how far its memory grew.
import { env } from '@xenova/transformers';
import { downloadRepository } from '../../src/hub/download.ts';

const [host, cache, id] = process.argv.slice(-3);
env.remoteHost = `${host}/`;
env.cacheDir = cache!;
const before = process.memoryUsage.rss();
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 20);
await downloadRepository(id!);
clearInterval(watch);
process.stdout.write(JSON.stringify({ memory: most - before }));
