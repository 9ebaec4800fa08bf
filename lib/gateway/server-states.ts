import type { Catalogue, Reachable } from "./catalogue";
import type { ServerView } from "./types";

export type ServerState = { server: string; name: string; state: ServerView["status"] | "off"; reason?: string; tools: number };

/** The servers that this person may use, as their client may know them. What policies keep from the person is not among them. */
export const serverStates = (catalogue: Catalogue): ServerState[] => catalogue.servers.map(serverState);

export function serverState({ server, off }: Reachable): ServerState {
  const reason = off ? offReason : reasons[server.status](server.errorMessage);
  return {
    server: server.slug,
    name: server.name,
    state: off ? "off" : server.status,
    ...(reason && { reason }),
    tools: server.capabilities.filter((capability) => capability.kind === "tool").length,
  };
}

const offReason = "It is switched off for this connection. portal_set_server switches it on again.";

// What went wrong was put into words by us, never by the server (lib/mcp/upstream/failures.ts).
const reasons: Record<ServerView["status"], (words: string | null) => string> = {
  ready: () => "",
  waiting: () => "It is being set up; nothing of it works yet.",
  stale: (words) => `It did not answer lately${because(words)}. Its tools stay listed; calls may fail.`,
  error: (words) => `It does not answer${because(words)}. An admin of the portal has to look at it.`,
};

const because = (words: string | null) => (words ? `: ${words.replace(/[.?\s]+$/, "")}` : "");
