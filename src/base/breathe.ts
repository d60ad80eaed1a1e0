// A pause in which the process hears Ctrl-C and a page can draw: on a CPU the work itself never waits for anything.

export function breathe(): Promise<void> {
  return new Promise((resume) => {
    if (typeof setImmediate === 'function') return void setImmediate(resume);
    // A browser makes repeated timers wait for 4 ms each; messages come at once.
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resume();
    });
    port1.start();
    port2.postMessage(null);
  });
}
