// Names of settings as they are written on the command line.

/** "learningRate" → "learning-rate" */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
