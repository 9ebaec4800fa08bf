import type { Stop } from "@/lib/stop";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { Peer, PeerAnswer, PeerMessage, UpstreamFailure, UpstreamParty, UpstreamReply, UpstreamRequest, UpstreamTarget } from "@/lib/mcp/upstream-types";
import { startUpstream, type Upstream, type UpstreamOptions } from "./upstream";

let serial = 0;

/** A target nobody has spoken to before. */
export const aTarget = (url: string, more: Partial<UpstreamTarget> = {}): UpstreamTarget => ({
  orgId: "org",
  serverId: `server-${process.pid}-${serial++}`,
  url,
  headers: {},
  transport: null,
  era: null,
  protocol: "auto",
  protocolVersion: null,
  callTimeoutMs: 5_000,
  ...more,
});

export const legacy = { era: "legacy", transport: "streamable_http" } as const;
export const modern = { era: "modern", transport: "streamable_http" } as const;
export const oldSse = { era: "legacy", transport: "sse" } as const;

export const aParty = (key: string, more: Partial<UpstreamParty> = {}): UpstreamParty => ({ key, capabilities: {}, logLevel: null, ...more });

export const aCall = (name: string, more: Partial<UpstreamRequest> = {}, args: JsonObject = {}): UpstreamRequest => ({
  method: "tools/call",
  params: { name, arguments: args },
  party: aParty("ana"),
  ...more,
});

/** A client's side that remembers what reached it, and answers as told. */
export type RecordedPeer = Peer & { notices: PeerMessage[]; questions: PeerMessage[]; pauses: number[] };
export function aPeer(answer: (message: PeerMessage, signal: Stop) => PeerAnswer | Promise<PeerAnswer> = () => ({ result: {} })): RecordedPeer {
  const [notices, questions, pauses]: [PeerMessage[], PeerMessage[], number[]] = [[], [], []];
  return {
    notices,
    questions,
    pauses,
    notify: (message) => void notices.push(message),
    ask: async (message, signal) => {
      questions.push(message);
      return answer(message, signal);
    },
    paused: (retryMs) => void pauses.push(retryMs),
  };
}

/** The failure a promise ends with, in the words that tests compare. */
export const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "answered",
    (error: UpstreamFailure) => ({ cause: error.cause_, delivered: error.delivered }),
  );

export const textOf = (reply: UpstreamReply) => (reply.kind === "result" ? (reply.result.content as { text: string }[])[0]?.text : reply.error);
export const says = (text: string) => ({ content: [{ type: "text", text }] });

/** Fixtures of one test file: started on demand, closed together. */
export function fixtures() {
  const open: Upstream[] = [];
  return {
    async start(options: UpstreamOptions = {}): Promise<Upstream> {
      const upstream = await startUpstream(options);
      open.push(upstream);
      return upstream;
    },
    async closeAll(): Promise<void> {
      for (const upstream of open.splice(0)) await upstream.close();
    },
  };
}
