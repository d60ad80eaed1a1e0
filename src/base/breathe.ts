// Yields to the event loop, so that the process hears Ctrl-C and a page can draw: work on a CPU never waits by itself.

export function breathe(): Promise<void> {
  return new Promise((resume) => {
    if (typeof setImmediate === 'function') return void setImmediate(resume);
    // A browser delays nested timers by 4 ms each, but not messages.
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resume();
    });
    port1.start();
    port2.postMessage(null);
  });
}
