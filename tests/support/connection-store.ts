import type { ConnectionStore, PendingAuthorization, PendingStore, UpstreamClient, UpstreamCredential } from "@/lib/mcp/upstream-auth";

export type MemoryStore = ConnectionStore & { clients: Map<string, UpstreamClient>; saved: UpstreamCredential[]; credential(): UpstreamCredential | null };

/** A connection's storage that ends with the process; `saved` is every credential in the order it was stored. */
export function memoryStore(): MemoryStore {
  const clients = new Map<string, UpstreamClient>();
  const saved: UpstreamCredential[] = [];
  let credential: UpstreamCredential | null = null;
  let last: Promise<unknown> = Promise.resolve();
  return {
    clients,
    saved,
    credential: () => credential,
    loadClient: async (issuer) => clients.get(issuer) ?? null,
    saveClient: async (client) => void clients.set(client.issuer, client),
    dropClient: async (issuer) => void clients.delete(issuer),
    loadCredential: async () => credential,
    saveCredential: async (given) => {
      credential = given;
      saved.push(given);
    },
    dropCredential: async () => {
      credential = null;
    },
    exclusively: (work) => {
      const mine = last.then(work, work);
      last = mine.catch(() => {});
      return mine;
    },
  };
}

export function memoryPending(): PendingStore & { all: Map<string, PendingAuthorization> } {
  const all = new Map<string, PendingAuthorization>();
  return {
    all,
    save: async (hash, pending) => void all.set(hash, pending),
    take: async (hash, binding) => {
      const found = all.get(hash);
      if (found?.binding !== binding) return null;
      all.delete(hash);
      return found;
    },
  };
}
