import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { root } from "./processes.mjs";

/** The profile with the bundle's functions under the files they were written in, and every file as a path in the project. */
export function withSources(profile) {
  const map = new SourceMap(JSON.parse(readFileSync(join(root, "dist", "server.mjs.map"), "utf8")));
  const nodes = profile.nodes.map((node) => ({ ...node, callFrame: { ...node.callFrame, ...placed(map, node.callFrame) } }));
  return { ...profile, nodes };
}

function placed(map, { url, lineNumber, columnNumber }) {
  const path = url.replace(/^file:\/\//, "").replace(`${root}/`, "");
  if (path !== "dist/server.mjs") return { url: path };
  const { originalSource, originalLine, originalColumn } = map.findEntry(lineNumber, columnNumber);
  if (originalSource === undefined) return { url: path };
  return { url: originalSource.replace(/^(\.\.\/)+/, ""), lineNumber: originalLine, columnNumber: originalColumn };
}
