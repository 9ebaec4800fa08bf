const shim = `import fs from "node:fs"; export * from "node:fs"; export default fs; export const globSync = fs.globSync ?? (() => []);`;

export async function resolve(specifier, context, next) {
  if (specifier === "fs" && /@modelcontextprotocol[\\/]conformance[\\/]dist/.test(context.parentURL ?? ""))
    return { url: `data:text/javascript,${encodeURIComponent(shim)}`, shortCircuit: true };
  return next(specifier, context);
}
