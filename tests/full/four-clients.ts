import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { JsonObject } from "@/drizzle/schema/servers";
import { inspector } from "./inspector";

export type Where = { url: string; token: string };
export type Lists = Record<"tools" | "prompts" | "resources" | "resourceTemplates", JsonObject[]>;

/** What each of them can do; results as they came out of the client. */
export type AnyClient = {
  name: string;
  lists(): Promise<Lists>;
  call(tool: string, args: JsonObject): Promise<JsonObject>;
  prompt(name: string, args: Record<string, string>): Promise<JsonObject>;
  read(uri: string): Promise<JsonObject>;
  close(): Promise<void>;
};

/** The SDK in both generations, and the Inspector's command line in both eras. */
export const fourClients = (where: Where): Promise<AnyClient[]> =>
  Promise.all([oldSdk(where), newSdk(where), inspectorClient(where, "legacy"), inspectorClient(where, "modern")]);

async function oldSdk({ url, token }: Where): Promise<AnyClient> {
  const client = new OldClient({ name: "sdk-v1", version: "1.0.0" });
  await client.connect(new OldTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  return { name: "SDK v1, 2025-11-25", ...typed(client) };
}

async function newSdk({ url, token }: Where): Promise<AnyClient> {
  const client = new NewClient({ name: "sdk-v2", version: "1.0.0" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new NewTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  return { name: "SDK v2, 2026-07-28", ...typed(client) };
}

function typed(client: OldClient | NewClient): Omit<AnyClient, "name"> {
  return {
    lists: async () => ({
      tools: plain((await client.listTools()).tools),
      prompts: plain((await client.listPrompts()).prompts),
      resources: plain((await client.listResources()).resources),
      resourceTemplates: plain((await client.listResourceTemplates()).resourceTemplates),
    }),
    call: async (name, args) => plain(await client.callTool({ name, arguments: args })),
    prompt: async (name, args) => plain(await client.getPrompt({ name, arguments: args })),
    read: async (uri) => plain(await client.readResource({ uri })),
    close: () => client.close(),
  };
}

async function inspectorClient(where: Where, era: "legacy" | "modern"): Promise<AnyClient> {
  const ask = inspector(where, era);
  const list = async (method: string, key: keyof Lists) => (await ask("--method", method))[key] as JsonObject[];
  return {
    name: `Inspector, ${era}`,
    lists: async () => ({
      tools: await list("tools/list", "tools"),
      prompts: await list("prompts/list", "prompts"),
      resources: await list("resources/list", "resources"),
      resourceTemplates: await list("resources/templates/list", "resourceTemplates"),
    }),
    call: (name, args) => ask("--method", "tools/call", "--tool-name", name, "--tool-args-json", JSON.stringify(args)),
    prompt: (name, args) => {
      const pairs = Object.entries(args).map(([key, value]) => `${key}=${value}`);
      return ask("--method", "prompts/get", "--prompt-name", name, ...(pairs.length > 0 ? ["--prompt-args", ...pairs] : []));
    },
    read: (uri) => ask("--method", "resources/read", "--uri", uri),
    close: async () => {},
  };
}

// The two generations type the same JSON differently.
const plain = <T>(value: unknown): T => value as T;
