import type { Caller } from "@/lib/gateway/ports";
import { type Answer, accepted, failed } from "./answers";
import { messageText, rpc } from "./frame";
import type { ReadHeader } from "./frame-headers";
import { changedSince, type ListKind, listsSeen } from "./list-changes";
import type { ServePorts } from "./serve-ports";
import type { LiveSession } from "./sessions/live-session";
import { sessionMissing, sessionOf } from "./sessions/session-header";
import { watchSession } from "./subscriptions";
import { legacyVersions } from "./versions";

type Opening = { header: ReadHeader; readmit(): Promise<Caller | null> };

/** A GET: the stream of a 2025-era session for what belongs to no request, or one that its client comes back to. */
export async function openStandalone(ports: ServePorts, caller: Caller, { header, readmit }: Opening): Promise<Answer> {
  const session = await sessionOf(ports, caller, header);
  if (!session) return speaksLegacy(header) ? sessionMissing : onlyPost;
  if ("status" in session) return session;
  if (!header("accept")?.includes("text/event-stream"))
    return failed(null, { code: rpc.invalidRequest, message: "the Accept header must take text/event-stream", status: 406 });
  const channel = session.connect(header("last-event-id")?.trim());
  if (!channel) return failed(null, { code: rpc.refused, message: "this session has its stream open already", status: 409 });
  if (channel.no !== 0) return { status: 200, body: null, stream: channel.stream };
  const { stream } = channel;
  const close = await ports.streams.open(caller, {
    readmit,
    changed(now, lists) {
      session.seen = listsSeen(now);
      tell(session, lists);
      void watchSession(ports, now, session).catch(() => {});
    },
    end: () => stream.end(),
  });
  if (!close) {
    stream.end();
    return failed(null, { code: rpc.refused, message: "too many streams are open, close some first", status: 429, retryAfterSeconds: 30 });
  }
  stream.onClosed(close);
  // What changed while no stream was open.
  if (session.seen) tell(session, changedSince(session.seen, caller));
  session.seen = listsSeen(caller);
  await watchSession(ports, caller, session);
  return { status: 200, body: null, stream };
}

function tell(session: LiveSession, lists: readonly ListKind[]): void {
  for (const kind of lists) session.notify(messageText(`notifications/${kind}/list_changed`, {}));
}

/** A DELETE: the client says that its session is over. */
export async function endSession(ports: ServePorts, caller: Caller, header: ReadHeader): Promise<Answer> {
  const session = await sessionOf(ports, caller, header);
  if (!session) return speaksLegacy(header) ? sessionMissing : onlyPost;
  if ("status" in session) return session;
  await ports.sessions.end(header("mcp-session-id")?.trim() ?? "", session);
  return { ...accepted, status: 204 };
}

const speaksLegacy = (header: ReadHeader) => legacyVersions.includes(header("mcp-protocol-version")?.trim() ?? "");
const onlyPost: Answer = { ...failed(null, { code: rpc.invalidRequest, message: "send POST requests", status: 405 }), headers: { allow: "POST" } };
