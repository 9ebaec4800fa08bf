import type { ServerResponse } from "node:http";
import type { JsonObject } from "@/drizzle/schema/servers";
import { type FixtureTool, type RecordedCall, startUpstream, type Upstream, type UpstreamOptions } from "@/tests/support/upstream";

/** What a soak's servers have: a healthy one of each era, whose every answer is known, and one that misbehaves in every third call. */
export const healthy = ["old", "new"] as const;
export const bad = ["hang", "reset", "drip", "garbage", "broken", "huge"] as const;
export type Bad = (typeof bad)[number];

export const bigBytes = 65_536;
export const steps = 5;
/** So many tools that nobody calls, for somebody to switch on and off. */
export const spares = 10;
export const toolsOf = (slug: string) => ["echo", "big", "steps", "slow", "flood"].map((name) => `${slug}-${name}`);
export const readmeOf = (slug: string) => `test://${slug}/readme`;
export const promptOf = (slug: string) => `${slug}-greet`;

export type Counts = Map<string, number>;
export type SoakUpstreams = {
  old: Upstream;
  new: Upstream;
  bad: Upstream;
  /** How often each was called: `server method name`. */
  counts: Counts;
  /** Messages that arrived more than once, which nothing allows. */
  twice: string[];
  ports: number[];
  close(): Promise<void>;
};

export async function startUpstreams(): Promise<SoakUpstreams> {
  const counts: Counts = new Map();
  const seen = new Set<unknown>();
  const twice: string[] = [];
  const count = (server: string, { method, params }: RecordedCall) => {
    if (method !== "tools/call" && method !== "prompts/get" && method !== "resources/read") return;
    const key = `${server} ${method} ${String(params.name ?? params.uri)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const message = (params.arguments as JsonObject | undefined)?.message;
    if (message === undefined) return;
    if (seen.has(message)) twice.push(`${key}: ${String(message)}`);
    seen.add(message);
  };
  const start = async (slug: string, options: UpstreamOptions, misdeed: (call: RecordedCall) => ReturnType<NonNullable<UpstreamOptions["hook"]>>) => {
    const upstream: Upstream = await startUpstream({
      ...options,
      hook(call) {
        // What it remembers would be the growth of this process.
        upstream.calls.length = 0;
        count(slug === "bad" ? call.path.slice(5) : slug, call);
        return call.method === "tools/call" ? misdeed(call) : undefined;
      },
    });
    return upstream;
  };
  const [old, modern, misbehaving] = [
    await start("old", { ...offered("old"), standing: true }, () => undefined),
    await start("new", { ...offered("new"), era: "modern", standing: true }, () => undefined),
    await start("bad", { stateful: false, tools: bad.map((name) => ({ name })) }, everyThird()),
  ];
  const all = [old, modern, misbehaving];
  return {
    ...{ old, new: modern, bad: misbehaving, counts, twice },
    ports: all.map(({ origin }) => Number(new URL(origin).port)),
    close: async () => void (await Promise.all(all.map((one) => one.close()))),
  };
}

function offered(slug: string): Pick<UpstreamOptions, "tools" | "prompts" | "resources" | "templates"> {
  const [echo = "", big = "", progress = "", slow = "", flood = ""] = toolsOf(slug);
  const says = (text: unknown): JsonObject => ({ content: [{ type: "text", text: String(text) }] });
  const tools: FixtureTool[] = [
    { name: echo, run: ({ message }) => says(message) },
    { name: big, run: ({ message }) => says(String(message).padEnd(bigBytes, "x")) },
    {
      name: progress,
      async talk({ args, notify, progressToken, signal }) {
        for (let step = 1; step <= steps && !signal.aborted; step++) {
          notify("notifications/progress", { progressToken, progress: step, total: steps });
          await after(40, signal);
        }
        return says(args.message);
      },
    },
    {
      name: slow,
      async talk({ signal }) {
        await after(3_000, signal);
        return says("at last");
      },
    },
    {
      // 6 MB of progress, as fast as it is read.
      name: flood,
      async talk({ notify, progressToken, signal }) {
        for (let step = 1; step <= 100 && !signal.aborted; step++) {
          notify("notifications/progress", { progressToken, progress: step, message: "x".repeat(60_000) });
          await after(5, signal);
        }
        return says("at last");
      },
    },
    ...Array.from({ length: spares }, (_, i) => ({ name: `${slug}-spare-${i}` })),
  ];
  return { tools, prompts: [{ name: promptOf(slug) }], resources: [{ uri: readmeOf(slug), name: "readme" }], templates: [] };
}

/** Every third call of each kind goes wrong in its way, every other one is answered, so that the breaker stays out of it mostly. */
function everyThird() {
  const calls = new Map<Bad, number>();
  return ({ path, id }: RecordedCall) => {
    const kind = bad.find((name) => path === `/mcp/${name}`);
    if (!kind) return undefined;
    const n = (calls.get(kind) ?? 0) + 1;
    calls.set(kind, n);
    return n % 3 === 0 ? misdeeds[kind](id, n / 3) : undefined;
  };
}

type Misdeed = "hang" | "drop" | ((res: ServerResponse) => void);
const misdeeds: Record<Bad, (id: unknown, n: number) => Misdeed> = {
  hang: () => "hang",
  reset: () => "drop",
  drip: (_, n) => (res) => {
    const isStream = n % 2 === 0;
    res.writeHead(200, isStream ? { "content-type": "text/event-stream" } : { "content-type": "application/json", "content-length": 100_000 });
    const drip = setInterval(() => res.write(isStream ? ": still here\n\n" : " "), 100);
    res.on("close", () => clearInterval(drip));
  },
  garbage: (id, n) => (res) => {
    const { type, text } = garbage(id)[n % garbage(id).length] ?? { type: "", text: "" };
    res.writeHead(200, { "content-type": type }).end(text);
  },
  broken: (id, n) => (res) => {
    const { raw } = brokenAnswers(id)[n % brokenAnswers(id).length] ?? { raw: "" };
    res.socket?.end(raw);
  },
  // One that is just allowed, then one that is too large.
  huge: (id, n) => (res) => {
    const text = "x".repeat(n % 2 ? 10_420_000 : 10_500_000);
    res
      .writeHead(200, { "content-type": "application/json" })
      .end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[{"type":"text","text":"${text}"}]}}`);
  },
};

const garbage = (id: unknown) => [
  { type: "application/json", text: "}{ no JSON at all" },
  { type: "application/json", text: JSON.stringify({ jsonrpc: "2.0", id: "another", result: {} }) },
  { type: "application/json", text: JSON.stringify([{ jsonrpc: "2.0", id, result: null }]) },
  { type: "text/html", text: "<html>Sign in to the Wi-Fi</html>" },
  { type: "application/json", text: JSON.stringify({ jsonrpc: "2.0", id, result: { content: "not a list" } }) },
  { type: "text/event-stream", text: `data: {"jsonrpc":"2.0"\n\ndata: nonsense\n\nevent: ${"x".repeat(10_000)}\n\n` },
  { type: "application/json", text: "[".repeat(50_000) },
];

const brokenAnswers = (id: unknown) => [
  { raw: "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: banana\r\n\r\n{}" },
  { raw: `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"jsonrpc":"2.0","id":${JSON.stringify(id)}` },
  { raw: "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n" },
  { raw: "SSH-2.0-OpenSSH_9.6\r\n" },
  { raw: `HTTP/1.1 200 OK\r\nx-much: ${"y".repeat(60_000)}\r\n\r\n` },
  { raw: "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n" },
  { raw: "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops" },
  { raw: "" },
];

/** So long, or until whoever waits for it is gone. */
function after(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
