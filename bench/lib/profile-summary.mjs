/** Self time by function and by file, the largest first; waiting is no time. */
export function summarized({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const [functions, files] = [new Map(), new Map()];
  let busyMs = 0;
  samples.forEach((id, i) => {
    const frame = byId.get(id);
    const ms = (timeDeltas[i] ?? 0) / 1000;
    if (frame.functionName === "(idle)") return;
    busyMs += ms;
    add(functions, `${frame.functionName || "(anonymous)"}${frame.url ? `  ${fileOf(frame.url)}:${frame.lineNumber + 1}` : ""}`, ms);
    add(files, frame.url ? fileOf(frame.url) : frame.functionName, ms);
  });
  const sorted = (times) => [...times].sort((a, b) => b[1] - a[1]).map(([name, selfMs]) => ({ name, selfMs, share: selfMs / busyMs }));
  return { busyMs, functions: sorted(functions), files: sorted(files) };
}

const add = (times, name, ms) => times.set(name, (times.get(name) ?? 0) + ms);

const fileOf = (url) => url.replace(/^.*node_modules\//, "");
