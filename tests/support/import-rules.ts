/** A source file as the rules see it; paths are relative to the repository. */
export type SourceFile = { path: string; source: string };
export type Import = { from: string; to: string; isType: boolean };

const statement = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?((?:[\w*\s{},$]|\n)*?)\s*from\s*["']([^"'\n]+)["']/g;
const sideEffect = /(?:^|\n)\s*import\s*["']([^"'\n]+)["']/g;
const dynamic = /\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;

/** Every import of the files. Those of our own files are resolved to their paths, packages keep their names. */
export function importsOf(files: readonly SourceFile[]): Import[] {
  const known = new Set(files.map((file) => file.path));
  return files.flatMap(({ path, source }) => {
    const code = withoutComments(source);
    const found = [...code.matchAll(statement)].map(([, type, names, to]) => ({ to, isType: type !== undefined || namesTypesOnly(names ?? "") }));
    const others = [...code.matchAll(sideEffect), ...code.matchAll(dynamic)].map(([, to]) => ({ to, isType: false }));
    return [...found, ...others].map(({ to, isType }) => ({ from: path, to: resolve(path, to ?? "", known), isType }));
  });
}

function namesTypesOnly(names: string): boolean {
  const inside = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1];
  const list = inside?.split(",").flatMap((name) => name.trim() || []) ?? [];
  return list.length > 0 && list.every((name) => name.startsWith("type "));
}

function resolve(from: string, to: string, known: ReadonlySet<string>): string {
  if (!to.startsWith("@/") && !to.startsWith(".")) return to;
  const parts = to.startsWith("@/") ? [] : from.split("/").slice(0, -1);
  for (const part of (to.startsWith("@/") ? to.slice(2) : to).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  const base = parts.join("/");
  return [base, `${base}.ts`, `${base}.tsx`, `${base}/index.ts`, `${base}/index.tsx`].find((path) => known.has(path)) ?? base;
}

/** The source with comments blanked out; strings that look like comments do not occur in import lines. */
export const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`\\])\/\/.*$/gm, "$1");

/** Cycles among value imports, each once, as the files in a ring. */
export function cyclesOf(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to, isType } of imports) if (!isType) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[][] = [];
  const walk = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) cycles.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return cycles;
}

/** The first way from a file to something forbidden over value imports, or null; `stops` are files that are not followed. */
export function wayTo(start: string, imports: readonly Import[], forbidden: (to: string) => boolean, stops: (file: string) => boolean): string[] | null {
  const next = new Map<string, string[]>();
  for (const { from, to, isType } of imports) if (!isType) next.set(from, [...(next.get(from) ?? []), to]);
  const seen = new Set([start]);
  const queue: string[][] = [[start]];
  for (let path = queue.shift(); path; path = queue.shift()) {
    for (const to of next.get(path.at(-1) ?? "") ?? []) {
      if (forbidden(to)) return [...path, to];
      if (seen.has(to) || stops(to)) continue;
      seen.add(to);
      queue.push([...path, to]);
    }
  }
  return null;
}
