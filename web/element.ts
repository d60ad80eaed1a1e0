// Finds an element of the page by its id, and checks its type.

export function element<E extends Element>(id: string, kind: abstract new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`internal: the page has no ${kind.name} #${id}`);
}
