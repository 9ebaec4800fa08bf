import type { ChildProcess } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort, launch, stop, until } from "../e2e/support/processes";

const root = resolve(import.meta.dirname, "../..");
const packages = join(root, "tests/clients/node_modules");

export type NpmServer = {
  /** What an admin calls it. */
  name: string;
  url: string;
  token?: string;
  /** Ends its whole process group. */
  kill(): Promise<void>;
  /** On the same port as before. */
  start(): Promise<void>;
};

type Plan = { name: string; args(port: number): string[]; env?: (port: number) => Record<string, string>; token?: string };

export const notionToken = "the-token-of-the-notion-server";

/** The six of `docs/real-servers.md`, each a process of its own on a free loopback port, and a folder for their files. */
export async function npmServers() {
  const all = mkdtempSync(join(tmpdir(), "gatehouse-real-"));
  const [home, folder] = [join(all, "home"), join(all, "files")];
  for (const path of [home, folder]) mkdirSync(path);
  const notion = await notionApi();
  const servers = await Promise.all(plans(folder, addressOf(notion)).map((plan) => prepare(plan, home)));
  return {
    /** The only one that they may read and write. */
    folder,
    servers,
    start: () => Promise.all(servers.map((server) => server.start())),
    async end() {
      await Promise.all(servers.map((server) => server.kill()));
      notion.closeAllConnections();
      notion.close();
      rmSync(all, { recursive: true, force: true });
    },
  };
}

function plans(folder: string, notionUrl: string): Plan[] {
  const everything = join(packages, "@modelcontextprotocol/server-everything/dist/index.js");
  const filesystem = join(packages, "@modelcontextprotocol/server-filesystem/dist/index.js");
  const mongodb = join(packages, "mongodb-mcp-server/dist/esm/index.js");
  return [
    { name: "Everything", args: () => [everything, "streamableHttp"], env: (port) => ({ PORT: `${port}` }) },
    {
      name: "Filesystem",
      args: (port) => [
        join(packages, "mcp-proxy/dist/bin/mcp-proxy.mjs"),
        "--port",
        `${port}`,
        "--host",
        "127.0.0.1",
        "--",
        process.execPath,
        filesystem,
        folder,
      ],
    },
    {
      name: "MongoDB",
      args: (port) => [mongodb, "--transport", "http", "--httpPort", `${port}`, "--httpHost", "127.0.0.1"],
    },
    {
      name: "Git",
      args: () => [join(packages, "@cyanheads/git-mcp-server/dist/index.js")],
      env: (port) => ({ MCP_TRANSPORT_TYPE: "http", MCP_HTTP_PORT: `${port}`, MCP_AUTH_MODE: "none", GIT_BASE_DIR: folder, GIT_SIGN_COMMITS: "false" }),
    },
    {
      name: "Notion",
      args: (port) => [join(packages, "@notionhq/notion-mcp-server/bin/cli.mjs"), "--transport", "http", "--port", `${port}`, "--auth-token", notionToken],
      env: () => ({ NOTION_TOKEN: "ntn_refused", BASE_URL: notionUrl }),
      token: notionToken,
    },
    {
      name: "System Monitor",
      args: () => [join(packages, "@modelcontextprotocol/server-system-monitor/dist/index.js")],
      env: (port) => ({ PORT: `${port}` }),
    },
  ];
}

async function prepare({ name, args, env, token }: Plan, home: string): Promise<NpmServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  const preload = `--require=${join(root, "tests/support/loopback.cjs")}`;
  let running: ChildProcess | null = null;
  return {
    name,
    url,
    token,
    async kill() {
      if (running) await stop(running, "SIGKILL");
      running = null;
    },
    async start() {
      const more = { HOME: home, PATH: process.env.PATH, NODE_OPTIONS: preload, DO_NOT_TRACK: "1", ...env?.(port) };
      const { child, output } = launch(process.execPath, args(port), more, root);
      running = child;
      const answers = () =>
        fetch(url, { method: "OPTIONS" }).then(
          () => true,
          () => false,
        );
      await until(answers, 90_000, () => `${name} did not start:\n${output()}`, child);
    },
  };
}

/** In place of Notion's API: it refuses every token, in Notion's words. */
async function notionApi(): Promise<Server> {
  const body = JSON.stringify({ object: "error", status: 401, code: "unauthorized", message: "API token is invalid." });
  const server = createServer((req, res) => {
    req.resume();
    res.writeHead(401, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
