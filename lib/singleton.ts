const registry = Symbol.for("gatehouse");
const holder = globalThis as { [registry]?: Map<string, unknown> };
holder[registry] ??= new Map();
const all = holder[registry];

/**
 * One value a process, whatever bundle asks: Next.js gives each route, `instrumentation` and the server its own copy of a module,
 * so module variables are not process-wide (design 4.15).
 */
export function singleton<T>(name: string, make: () => T): T {
  // The key is the type's only witness; each name is used by exactly one module (tests/singleton.test.ts).
  if (!all.has(name)) all.set(name, make());
  return all.get(name) as T;
}

/** For tests and shutdown: forget one value, so the next `singleton` call makes it anew. */
export function forget(name: string): void {
  all.delete(name);
}

export function singletonNames(): string[] {
  return [...all.keys()].sort();
}
