import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { inspectUpstream } from "@/lib/mcp/upstream";
import { isUpstreamFailure } from "@/lib/mcp/upstream-types";
import { type Credential, credentialHeaders } from "./schema";

export type ProbeFinding =
  | { kind: "mcp"; words: string; name: string; protocolVersion: string; tools: number; prompts: number; resources: number }
  | { kind: "unauthorized"; words: string }
  | { kind: "failed"; words: string };

/** What stands behind a URL, before it is saved; asks for the same right and passes the same egress as saving (UP-19). */
export async function probeServer(ctx: OrgContext, input: Credential & { url: string }): Promise<ProbeFinding> {
  requireRight(ctx, "servers.manage");
  const place = { orgId: ctx.org.id, serverId: "probe", url: input.url, headers: credentialHeaders(input) };
  try {
    const found = await inspectUpstream({ ...place, transport: null, era: null, protocol: "auto", protocolVersion: null, callTimeoutMs: 20_000 });
    const tools = found.tools.length;
    const name = typeof found.serverInfo.title === "string" ? found.serverInfo.title : String(found.serverInfo.name ?? "");
    return {
      kind: "mcp",
      words: `speaks MCP ${found.protocolVersion}, ${tools} ${tools === 1 ? "tool" : "tools"}`,
      name: name.replace(/\p{C}/gu, "").slice(0, 80),
      protocolVersion: found.protocolVersion,
      tools,
      prompts: found.prompts.length,
      resources: found.resources.length + found.templates.length,
    };
  } catch (error) {
    if (!isUpstreamFailure(error)) throw error;
    return { kind: error.cause_ === "unauthorized" ? "unauthorized" : "failed", words: error.person };
  }
}
