import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { launch, stop, until } from "./processes";

const clients = resolve(import.meta.dirname, "../../clients/node_modules/.bin");

/** Opens an authorization URL in the person's browser, where they consent. */
export type Browse = (url: string) => Promise<void>;

/** What every client can do once it is in; results as the client's own library gave them. */
export type Session = {
  listTools(): Promise<string[]>;
  callTool(name: string, args: Record<string, unknown>): Promise<{ isError?: boolean; text: string }>;
  getPrompt(name: string): Promise<string>;
  readResource(uri: string): Promise<string>;
  listResources(): Promise<string[]>;
  close(): Promise<void>;
};

type Asks = Pick<OldClient, "listTools" | "callTool" | "getPrompt" | "readResource" | "listResources" | "close">;

function session(client: Asks): Session {
  return {
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callTool: async (name, args) => {
      const result = await client.callTool({ name, arguments: args });
      const content = Array.isArray(result.content) ? result.content : [];
      return { isError: result.isError === true, text: content.map((block) => (block.type === "text" ? String(block.text) : "")).join("") };
    },
    getPrompt: async (name) => JSON.stringify((await client.getPrompt({ name })).messages),
    readResource: async (uri) => JSON.stringify((await client.readResource({ uri })).contents),
    listResources: async () => (await client.listResources()).resources.map((resource) => resource.uri),
    close: () => client.close(),
  };
}

/** `@modelcontextprotocol/client` pinned to 2026-07-28. */
export async function modernClient(url: string, browse: Browse): Promise<Session> {
  const callback = await listenForCallback();
  const provider = authProvider(callback.url, "SDK v2");
  const client = () => new ModernClient({ name: "sdk-v2", version: "1.0.0" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  const first = new ModernTransport(new URL(url), { authProvider: provider });
  await expectUnauthorized(client().connect(first), UnauthorizedError.name);
  await browse(provider.opened());
  await first.finishAuth(await callback.params);
  const connected = client();
  await connected.connect(new ModernTransport(new URL(url), { authProvider: provider }));
  callback.close();
  return session(connected as unknown as Asks);
}

/** `@modelcontextprotocol/sdk` 1.x, which speaks 2025-11-25. */
export async function oldClient(url: string, browse: Browse): Promise<Session> {
  const callback = await listenForCallback();
  const provider = authProvider(callback.url, "SDK v1");
  const first = new OldTransport(new URL(url), { authProvider: provider });
  await expectUnauthorized(new OldClient({ name: "sdk-v1", version: "1.0.0" }).connect(first), "UnauthorizedError");
  await browse(provider.opened());
  await first.finishAuth((await callback.params).get("code") ?? "");
  const connected = new OldClient({ name: "sdk-v1", version: "1.0.0" });
  await connected.connect(new OldTransport(new URL(url), { authProvider: provider }));
  callback.close();
  return session(connected);
}

/** `mcp-remote` as a stdio bridge, driven by the old SDK; it opens the browser through `BROWSER`. */
export async function mcpRemote(url: string, browse: Browse): Promise<Session> {
  const home = aHome();
  const transport = new StdioClientTransport({
    command: join(clients, "mcp-remote"),
    args: [url, "--allow-http"],
    env: { ...home.env, MCP_REMOTE_CONFIG_DIR: home.dir },
    stderr: "pipe",
  });
  let said = "";
  transport.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  const client = new OldClient({ name: "mcp-remote-driver", version: "1.0.0" });
  const connecting = client.connect(transport, { timeout: 120_000 });
  const printed = () => /(http:\/\/\S*\/oauth\/authorize\S*)/.exec(said)?.[1] ?? home.opened();
  await until(
    () => Boolean(printed()),
    60_000,
    () => `mcp-remote printed no authorization URL:\n${said}`,
  );
  await browse(printed() ?? "");
  await connecting;
  return session(client);
}

/** The MCP Inspector's command line; one process a request, its tokens kept in a home of its own. */
export function inspector(url: string, browse: Browse, era: "legacy" | "modern" = "legacy") {
  const home = aHome();
  return async (...args: string[]): Promise<string> => {
    const command = [join(clients, "mcp-inspector"), "--cli", url, "--transport", "http", "--protocol-era", era, "--format", "json", ...args]
      .map(quoted)
      .join(" ");
    const before = home.allOpened().length;
    // `script` gives it the terminal without which it would not start a sign-in.
    const { child, output } = launch("script", ["-qec", command, "/dev/null"], { ...process.env, ...home.env, MCP_AUTO_OPEN_ENABLED: "true" });
    await until(
      () => child.exitCode !== null || home.allOpened().length > before,
      90_000,
      () => `the Inspector neither ended nor opened a browser:\n${output()}`,
    );
    if (child.exitCode === null) {
      await browse(home.opened() ?? "");
      await until(
        () => child.exitCode !== null,
        90_000,
        () => `the Inspector did not end:\n${output()}`,
      );
    }
    await stop(child, "SIGKILL");
    return output();
  };
}

/** A home directory and a browser that only notes which URL it was asked to open. */
export function aHome() {
  const dir = mkdtempSync(join(tmpdir(), "gatehouse-home-"));
  const log = join(dir, "opened");
  const browser = join(dir, "browser.sh");
  writeFileSync(log, "");
  writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${log}'\n`);
  chmodSync(browser, 0o755);
  const allOpened = () => readFileSync(log, "utf8").split("\n").filter(Boolean);
  const env = {
    HOME: dir,
    BROWSER: browser,
    PATH: process.env.PATH ?? "",
    DISABLE_TELEMETRY: "1",
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  };
  return { dir, env, allOpened, opened: () => allOpened().at(-1) };
}

export const clientBin = (name: string) => join(clients, name);

function authProvider(redirectUrl: string, clientName: string) {
  const kept = new Map<string, unknown>();
  const keep = (key: string) => (value: unknown) => void kept.set(key, value);
  return {
    redirectUrl,
    clientMetadata: {
      client_name: clientName,
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    state: () => "state-of-the-test",
    // The two SDK generations type their stored values differently; the provider hands back whatever it was given.
    clientInformation: () => kept.get("client") as never,
    saveClientInformation: keep("client"),
    tokens: () => kept.get("tokens") as never,
    saveTokens: keep("tokens"),
    redirectToAuthorization: (url: URL) => keep("opened")(url.href),
    saveCodeVerifier: keep("verifier"),
    codeVerifier: () => String(kept.get("verifier")),
    saveDiscoveryState: keep("discovery"),
    discoveryState: () => kept.get("discovery") as never,
    opened: () => String(kept.get("opened")),
  };
}

async function expectUnauthorized(attempt: Promise<unknown>, name: string): Promise<void> {
  const error = await attempt.then(
    () => null,
    (reason: Error) => reason,
  );
  if (!error || (error.name !== name && error.constructor.name !== name))
    throw new Error(`expected ${name}, got ${error ? `${error.name}: ${error.message}` : "a connection"}`, { cause: error });
}

async function listenForCallback() {
  let received: (params: URLSearchParams) => void = () => {};
  const params = new Promise<URLSearchParams>((done) => {
    received = done;
  });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    response.end("signed in");
    if (url.pathname === "/callback") received(url.searchParams);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/callback`, params, close: () => server.close() };
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
