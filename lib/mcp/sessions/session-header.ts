import type { Caller } from "@/lib/gateway/ports";
import { type Answer, failed } from "../answers";
import { rpc } from "../frame";
import type { ReadHeader } from "../frame-headers";
import type { ServePorts } from "../serve-ports";
import type { LiveSession } from "./live-session";

/**
 * The session that a 2025-era request names. Null without one: such a request is served for itself, since nothing it asks for
 * needs a session. An unknown, ended or foreign one is 404, whereupon a client starts anew.
 */
export function sessionOf(
  ports: Pick<ServePorts, "sessions">,
  caller: Caller,
  header: ReadHeader,
): LiveSession | null | Answer | Promise<LiveSession | Answer> {
  const token = header("mcp-session-id")?.trim();
  if (!token) return null;
  const found = ports.sessions.find(token, caller);
  return found instanceof Promise ? found.then((session) => session ?? noSession) : (found ?? noSession);
}

export const noSession = failed(null, { code: -32001, message: "there is no such session; initialize again", status: 404 });
export const sessionMissing = failed(null, { code: rpc.refused, message: "the Mcp-Session-Id header is missing", status: 400 });
