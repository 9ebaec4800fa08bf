import type { ClientProfile } from "./profiles";

const clientVersion = "2025-11-25";
const modernVersion = "2026-07-28";

/** The first message of an app, and the second, in its era. */
export function opening({ opens, name }: Pick<ClientProfile, "opens" | "name">, token?: string) {
  const bearer: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const accept = "application/json, text/event-stream";
  const clientInfo = { name, version: "0" };
  if (opens === "initialize") {
    const headers = { accept, ...bearer };
    return { headers, body: rpc(1, "initialize", { protocolVersion: clientVersion, capabilities: {}, clientInfo }) };
  }
  return modern("server/discover", 1, { accept, ...bearer }, clientInfo);
}

export function listing({ opens, name }: ClientProfile, token: string, sessionId: string | undefined) {
  const headers = { accept: "application/json, text/event-stream", authorization: `Bearer ${token}` };
  if (opens === "server/discover") return modern("tools/list", 2, headers, { name, version: "0" });
  return { headers: { ...headers, "mcp-protocol-version": clientVersion, ...(sessionId && { "mcp-session-id": sessionId }) }, body: rpc(2, "tools/list", {}) };
}

function modern(method: string, id: number, headers: Record<string, string>, clientInfo: object) {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": modernVersion,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": clientInfo,
  };
  return { headers: { ...headers, "mcp-protocol-version": modernVersion, "mcp-method": method }, body: rpc(id, method, { _meta: meta }) };
}

const rpc = (id: number, method: string, params: object) => ({ jsonrpc: "2.0", id, method, params });
