import { execFile } from "node:child_process";
import type { JsonObject } from "@/drizzle/schema/servers";
import { aHome, clientBin } from "../e2e/support/clients";

/** The MCP Inspector's command line: each question is a process that connects, asks it and prints the result. */
export function inspector({ url, token }: { url: string; token: string }, era: "legacy" | "modern") {
  const env = { ...process.env, ...aHome().env };
  const common = [
    ...["--cli", url, "--transport", "http", "--protocol-era", era, "--format", "json", "--connect-timeout", "60000"],
    ...["--header", `Authorization: Bearer ${token}`],
  ];
  return (...args: string[]): Promise<JsonObject> =>
    new Promise((resolve, reject) => {
      // Its exit code also speaks of tools that report an error, whose result is printed all the same.
      execFile(clientBin("mcp-inspector"), [...common, ...args], { env, timeout: 120_000, maxBuffer: 33_554_432 }, (error, stdout, stderr) => {
        const result = resultIn(stdout);
        if (result) resolve(result);
        else reject(new Error(`the Inspector printed no result: ${error?.message ?? ""}\n${stdout}\n${stderr}`));
      });
    });
}

function resultIn(text: string): JsonObject | null {
  try {
    const printed = JSON.parse(text) as JsonObject;
    return (printed.result ?? printed) as JsonObject;
  } catch {
    return null;
  }
}
