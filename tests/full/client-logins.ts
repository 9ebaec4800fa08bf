import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browse, mcpRemote } from "../e2e/support/clients";
import { startFakeModels } from "./fake-models";
import { aComputer } from "./computer";

type Login = { url: string; browse: Browse; said(line: string): void };
export type LoginClient = { name: string; version(): string; run(login: Login): Promise<void> };

/** How a person of each client adds a portal, signs in, and uses a tool: the commands of their own manuals. */
export const fiveClients: LoginClient[] = [
  { name: "Claude Code", version: () => versionOf("@anthropic-ai/claude-code"), run: claudeCode },
  { name: "Codex CLI", version: () => versionOf("@openai/codex"), run: codex },
  { name: "MCP Inspector CLI", version: () => versionOf("@modelcontextprotocol/inspector"), run: inspectorCli },
  { name: "mcp-remote", version: () => versionOf("mcp-remote"), run: remote },
  { name: "mcpc", version: () => versionOf("@apify/mcpc"), run: mcpc },
];

async function claudeCode({ url, browse, said }: Login): Promise<void> {
  const model = await startFakeModels({ tool: "greet", args: { name: "Claude Code" } });
  const computer = aComputer(browse, { ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: "a-key-for-nobody", ENABLE_TOOL_SEARCH: "false" });
  try {
    await computer.run("claude", "mcp", "add", "--transport", "http", "portal", url);
    said(`mcp list: ${lineOf(await computer.run("claude", "mcp", "list"), /Needs authentication/)}`);
    said(`mcp login: ${lineOf(await computer.inTerminal("claude", "mcp", "login", "portal"), /success|connected to|authenticated/i)}`);
    said(`mcp list: ${lineOf(await computer.run("claude", "mcp", "list"), /Connected/)}`);
    await computer.run("claude", "-p", "greet", "--allowedTools", "mcp__portal__greet");
    said(`-p greet, with a model that asks for the tool: ${greeted(model.results.join(), "Claude Code")}`);
  } finally {
    model.close();
  }
}

async function codex({ url, browse, said }: Login): Promise<void> {
  const model = await startFakeModels({ tool: "greet", args: { name: "Codex" } });
  const computer = aComputer(browse, { A_KEY: "for-nobody" });
  const provider = `{ name = "loopback", base_url = "${model.url}/v1", wire_api = "responses", env_key = "A_KEY" }`;
  const settings = ["-c", `model_providers.loopback=${provider}`, "-c", "model_provider=loopback", "-c", "model=fake"];
  try {
    said(`mcp add: ${lineOf(await computer.inTerminal("codex", "mcp", "add", "portal", "--url", url), /logged in|success/i)}`);
    said(`mcp list: ${lineOf(await computer.run("codex", "mcp", "list"), /OAuth/)}`);
    await computer.run("codex", "exec", ...settings, "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "greet");
    said(`exec greet, with a model that asks for the tool: ${greeted(model.results.join(), "Codex")}`);
  } finally {
    model.close();
  }
}

async function inspectorCli({ url, browse, said }: Login): Promise<void> {
  const computer = aComputer(browse, { MCP_AUTO_OPEN_ENABLED: "true" });
  const call = ["--method", "tools/call", "--tool-name", "greet", "--tool-args-json", '{"name":"the Inspector"}'];
  const printed = await computer.inTerminal("mcp-inspector", "--cli", url, "--transport", "http", "--format", "json", ...call);
  said(`--method tools/call greet: ${greeted(printed, "the Inspector")}`);
}

async function remote({ url, browse, said }: Login): Promise<void> {
  const session = await mcpRemote(url, browse);
  try {
    said(`tools/list over stdio: ${(await session.listTools()).join(", ")}`);
    said(`tools/call greet over stdio: ${greeted((await session.callTool("greet", { name: "mcp-remote" })).text, "mcp-remote")}`);
  } finally {
    await session.close();
  }
}

async function mcpc({ url, browse, said }: Login): Promise<void> {
  const computer = aComputer(browse);
  said(`login: ${lineOf(await computer.inTerminal("mcpc", "login", url), /success|saved|logged/i)}`);
  try {
    said(`connect: ${lineOf(await computer.run("mcpc", "connect", url, "@portal"), /portal/)}`);
    said(`tools-call greet: ${greeted(await computer.run("mcpc", "--json", "@portal", "tools-call", "greet", "name:=mcpc"), "mcpc")}`);
  } finally {
    // It leaves a process behind that holds the session.
    await computer.run("mcpc", "close", "@portal");
  }
}

/** The line that says it; none is a failure. */
function lineOf(output: string, pattern: RegExp): string {
  const line = output.split("\n").find((one) => pattern.test(one));
  if (line === undefined) throw new Error(`nothing matches ${pattern} in:\n${output}`);
  return line.trim().slice(0, 200);
}

function greeted(output: string, name: string): string {
  if (!output.includes(`hello ${name}`)) throw new Error(`no greeting for ${name} in:\n${output}`);
  return `hello ${name}`;
}

function versionOf(name: string): string {
  const file = join(resolve(import.meta.dirname, "../clients/node_modules"), name, "package.json");
  return String(JSON.parse(readFileSync(file, "utf8")).version);
}
