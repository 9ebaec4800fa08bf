import {
  CLIENT_CAPABILITIES_META_KEY,
  completable,
  inputRequired,
  inputResponse,
  McpServer,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";

/** What the servers of one upstream have in common, and what they noticed. */
export type World = {
  era: "modern" | "legacy";
  /** Whether the tool `spare` is offered. */
  hasSpare: boolean;
  /** What tools did and noticed, in order. */
  events: string[];
  /** What the client of each `ask` had declared. */
  declared: unknown[];
  /** URIs that somebody subscribed to (2025 eras). */
  subscribed: Set<string>;
  announce: { toolsChanged(): void; updated(uri: string): void };
};

export const watchedUri = "note://watched";
const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
};

/** A server that uses every feature of the protocol, in either era. */
export function featureServer(world: World): McpServer {
  const server = new McpServer({ name: "features", version: "1.0.0" }, { capabilities });
  addTools(server, world);
  const greet = { who: completable(z.string(), (typed) => ["ada", "alan", "bob"].filter((name) => name.startsWith(typed))) };
  server.registerPrompt("greet", { argsSchema: z.object(greet) }, ({ who }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${who}` } }],
  }));
  server.registerResource("watched", watchedUri, {}, ({ href }) => ({ contents: [{ uri: href, text: `content of ${href}` }] }));
  const byId = new ResourceTemplate("note://item/{id}", {
    list: undefined,
    complete: { id: (typed) => ["one", "onto", "two"].filter((id) => id.startsWith(typed)) },
  });
  server.registerResource("item", byId, {}, ({ href }, { id }) => ({ contents: [{ uri: href, text: `item ${String(id)}` }] }));
  if (world.era === "legacy") {
    server.server.setRequestHandler("resources/subscribe", ({ params }) => {
      world.subscribed.add(params.uri);
      return {};
    });
    server.server.setRequestHandler("resources/unsubscribe", ({ params }) => {
      world.subscribed.delete(params.uri);
      return {};
    });
  }
  return server;
}

function addTools(server: McpServer, world: World): void {
  const words = z.object({ message: z.string() });
  server.registerTool("echo", { inputSchema: words }, ({ message }) => {
    world.events.push(`echo ${message}`);
    return text(`Echo: ${message}`);
  });
  server.registerTool("count", {}, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    world.events.push(progressToken === undefined ? "count without a token" : "count with a token");
    for (const progress of [1, 2, 3]) {
      if (progressToken !== undefined) await ctx.mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 3 } });
    }
    return text("counted");
  });
  server.registerTool("log", {}, async (ctx) => {
    for (const level of ["debug", "warning", "error"] as const) await ctx.mcpReq.log(level, `a line of ${level}`, "worker");
    return text("logged");
  });
  server.registerTool("hang", {}, (ctx) => untilCancelled(ctx, world));
  server.registerTool("ask", { inputSchema: z.object({ for: z.enum(["sampling", "form", "url", "roots"]) }) }, (args, ctx) => {
    const envelope: Record<string, unknown> = ctx.mcpReq.envelope ?? {};
    world.declared.push(envelope[CLIENT_CAPABILITIES_META_KEY] ?? server.server.getClientCapabilities());
    return ask(args.for, ctx, world);
  });
  server.registerTool("touch", {}, () => {
    world.announce.updated(watchedUri);
    return text("touched");
  });
  if (world.hasSpare) server.registerTool("spare", {}, () => text("spare"));
}

const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] });

function untilCancelled(ctx: ServerContext, { events }: World) {
  events.push("hang began");
  return new Promise<ReturnType<typeof text>>((resolve) => {
    ctx.mcpReq.signal.addEventListener("abort", () => {
      events.push("hang cancelled");
      resolve(text("cancelled"));
    });
  });
}

/** One round: what is needed leaves as `input_required`, which the SDK turns into a request of the server's in the old eras. */
function ask(kind: "sampling" | "form" | "url" | "roots", ctx: ServerContext, { events }: World) {
  const given = inputResponse(ctx.mcpReq.inputResponses, "answer");
  if (given.kind === "missing") return inputRequired({ inputRequests: { answer: questions[kind]() } });
  const { kind: _, ...answer } = given;
  events.push(`answered ${kind}: ${JSON.stringify(answer)}`);
  return text(JSON.stringify(answer));
}

const questions = {
  sampling: () => inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text: "Which capital?" } }], maxTokens: 50 }),
  form: () =>
    inputRequired.elicit({ message: "Your name?", requestedSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] } }),
  url: () => inputRequired.elicitUrl({ message: "Sign in there", url: "https://accounts.test/consent" }),
  roots: () => inputRequired.listRoots(),
};
