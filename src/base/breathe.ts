// A pause in which the process hears Ctrl-C and a page can draw: on a CPU the work itself never waits for anything.

export function breathe(): Promise<void> {
  return new Promise((resume) => {
    if (typeof setImmediate === 'function') setImmediate(resume);
    else setTimeout(resume, 0);
  });
}
