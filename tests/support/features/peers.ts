import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { expect } from "vitest";
import type { JsonObject } from "@/drizzle/schema/servers";

export type ClientKind = "old" | "new";
export type Said = { method: string; params: JsonObject };
export type CallOptions = { onProgress?: (progress: { progress: number; total?: number }) => void; signal?: AbortSignal; logLevel?: LogLevel };
type LogLevel = "debug" | "info" | "warning" | "error";
type Completed = { ref: { type: "ref/prompt"; name: string } | { type: "ref/resource"; uri: string }; argument: { name: string; value: string } };
type Where = { url: string; token: string; fetch?: typeof fetch /** Whose it is; part of what it answers. */; owner?: string };
type Result = { isError?: boolean; text: string };

/** A client of either era, spoken to in the same way, that remembers what it was told and asked. */
export type Peer = {
  kind: ClientKind;
  /** Notifications, in order. */
  heard: Said[];
  /** Requests of servers, in order. */
  asked: Said[];
  heardOf(method: string): JsonObject[];
  list(): Promise<{ tools: string[]; prompts: string[]; resources: string[]; templates: string[] }>;
  call(name: string, args?: JsonObject, options?: CallOptions): Promise<Result>;
  prompt(name: string, args: Record<string, string>): Promise<string>;
  read(uri: string): Promise<string>;
  complete(params: Completed): Promise<string[]>;
  /** From now on it hears of changed lists, and of changes of that resource. */
  watch(uri?: string): Promise<void>;
  close(): Promise<void>;
};

export const everything: JsonObject = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };
const info = { name: "peer", version: "1.0.0" };
const answers = {
  sampling: { role: "assistant", model: "m", content: { type: "text", text: "Paris" } },
  form: { action: "accept", content: { name: "Ada" } },
  url: { action: "accept" },
} as const;

export const connectPeer = (kind: ClientKind, where: Where, capabilities: JsonObject = everything): Promise<Peer> =>
  kind === "old" ? oldPeer(where, capabilities) : newPeer(where, capabilities);

async function oldPeer({ url, token, fetch, owner = "ada" }: Where, capabilities: JsonObject): Promise<Peer> {
  const client = new OldClient(info, { capabilities });
  const { heard, asked, hear, sampled, elicited, rooted } = memory(owner);
  client.fallbackNotificationHandler = async (notification) => hear(notification);
  if (capabilities.sampling) client.setRequestHandler(CreateMessageRequestSchema, sampled);
  if (capabilities.elicitation) client.setRequestHandler(ElicitRequestSchema, elicited);
  if (capabilities.roots) client.setRequestHandler(ListRootsRequestSchema, rooted);
  // By default it gives its stream up after two tries, which a restart outlasts.
  const reconnectionOptions = { initialReconnectionDelay: 200, maxReconnectionDelay: 1_000, reconnectionDelayGrowFactor: 1.5, maxRetries: 60 };
  const transport = new OldTransport(new URL(url), { fetch, reconnectionOptions, requestInit: { headers: { authorization: `Bearer ${token}` } } });
  await client.connect(transport);
  return {
    ...common("old", heard, asked),
    async list() {
      const [tools, prompts, resources, templates] = await Promise.all([
        client.listTools(),
        client.listPrompts(),
        client.listResources(),
        client.listResourceTemplates(),
      ]);
      return names(tools, prompts, resources, templates);
    },
    async call(name, args = {}, { onProgress, signal, logLevel } = {}) {
      if (logLevel) await client.setLoggingLevel(logLevel);
      return resultOf(await client.callTool({ name, arguments: args }, undefined, { onprogress: onProgress, signal }));
    },
    prompt: async (name, args) => textOf((await client.getPrompt({ name, arguments: args })).messages.map(({ content }) => content)),
    read: async (uri) => textOf((await client.readResource({ uri })).contents),
    complete: async (params) => (await client.complete(params)).completion.values,
    async watch(uri) {
      if (uri) await client.subscribeResource({ uri });
    },
    async close() {
      await transport.terminateSession();
      await client.close();
    },
  };
}

async function newPeer({ url, token, fetch, owner = "ada" }: Where, capabilities: JsonObject): Promise<Peer> {
  const client = new NewClient(info, { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } });
  const { heard, asked, hear, sampled, elicited, rooted } = memory(owner);
  client.fallbackNotificationHandler = async (notification) => hear(notification);
  if (capabilities.sampling) client.setRequestHandler("sampling/createMessage", sampled);
  if (capabilities.elicitation) client.setRequestHandler("elicitation/create", elicited);
  if (capabilities.roots) client.setRequestHandler("roots/list", rooted);
  await client.connect(new NewTransport(new URL(url), { fetch, requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  return {
    ...common("new", heard, asked),
    async list() {
      const [tools, prompts, resources, templates] = await Promise.all([
        client.listTools(),
        client.listPrompts(),
        client.listResources(),
        client.listResourceTemplates(),
      ]);
      return names(tools, prompts, resources, templates);
    },
    async call(name, args = {}, { onProgress, signal, logLevel } = {}) {
      const _meta = logLevel && { "io.modelcontextprotocol/logLevel": logLevel };
      return resultOf(await client.callTool({ name, arguments: args, ...(_meta && { _meta }) }, { onprogress: onProgress, signal }));
    },
    prompt: async (name, args) => textOf((await client.getPrompt({ name, arguments: args })).messages.map(({ content }) => content)),
    read: async (uri) => textOf((await client.readResource({ uri })).contents),
    complete: async (params) => (await client.complete(params)).completion.values,
    async watch(uri) {
      const filter = { toolsListChanged: true, promptsListChanged: true, ...(uri && { resourceSubscriptions: [uri] }) };
      const subscription = await client.listen(filter);
      expect(subscription.honoredFilter).toEqual(filter);
    },
    close: () => client.close(),
  };
}

function memory(owner: string) {
  const heard: Said[] = [];
  const asked: Said[] = [];
  return {
    heard,
    asked,
    hear: (notification: { method: string; params?: unknown }) => void heard.push(said(notification)),
    sampled(request: { method: string; params: object }) {
      asked.push(said(request));
      return answers.sampling;
    },
    rooted(request: { method: string }) {
      asked.push(said(request));
      return { roots: [{ uri: `file:///home/${owner}`, name: "home" }] };
    },
    elicited(request: { method: string; params: { mode?: string } }) {
      asked.push(said(request));
      return request.params.mode === "url" ? answers.url : { action: answers.form.action, content: { ...answers.form.content } };
    },
  };
}

const common = (kind: ClientKind, heard: Said[], asked: Said[]) => ({
  kind,
  heard,
  asked,
  heardOf: (method: string) => heard.filter((one) => one.method === method).map(({ params }) => params),
});

const said = ({ method, params }: { method: string; params?: unknown }): Said => ({ method, params: (params ?? {}) as JsonObject });
const textOf = (content: readonly object[]) => content.map((block) => ("text" in block ? String(block.text) : "")).join("");
const resultOf = (result: object): Result => ({
  text: "content" in result && Array.isArray(result.content) ? textOf(result.content) : "",
  ...("isError" in result && { isError: result.isError === true }),
});
const names = (
  { tools }: { tools: { name: string }[] },
  { prompts }: { prompts: { name: string }[] },
  { resources }: { resources: { uri: string }[] },
  { resourceTemplates }: { resourceTemplates: { uriTemplate: string }[] },
) => ({
  tools: tools.map(({ name }) => name),
  prompts: prompts.map(({ name }) => name),
  resources: resources.map(({ uri }) => uri),
  templates: resourceTemplates.map(({ uriTemplate }) => uriTemplate),
});
