import { and, eq, gt, isNull, or } from "drizzle-orm";
import { clients } from "@/drizzle/schema";
import { addressPrefix } from "@/lib/auth/client-address";
import type { Database } from "@/lib/db/types";
import { log } from "@/lib/report";
import { singleton } from "@/lib/singleton";
import { hit } from "@/lib/throttle/throttle";
import type { AuthMethod } from "./client-authentication";
import { doctorSuffix } from "./client-mark";
import { type FetchDocument, fetchClientDocument, isDocumentUrl } from "./client-document";

export type Client = {
  id: string;
  kind: "dcr" | "cimd";
  name: string;
  redirectUris: string[];
  authMethod: AuthMethod;
  /** Of a confidential client; null for a public one. */
  secretHash: string | null;
};

export type ClientSource = {
  /** Whose documents are taken: everybody's, nobody's, or those of these domains and what is below them. */
  documents: "on" | "off" | readonly string[];
  nativeRedirects: readonly string[];
  fetchDocument: FetchDocument;
  /** Waits until at least this long after the start, so that every failed fetch takes alike (OA-21). */
  levelMs: number;
};

const idleSeconds = 90 * 86_400;
const fetchesPerHostPerHour = 120;
const fetchesPerPrefixPerHour = 60;

/** The client of an authorization request: registered, or described by the document at its id. Null when there is none. */
export async function findClient(db: Database, clientId: string, source: ClientSource, ip: string, now: Date): Promise<Client | null> {
  if (clientId.length > 2_000) return null;
  if (!clientId.startsWith("https://")) return knownClient(db, clientId, now);
  if (!isDocumentUrl(clientId) || !isTrusted(clientId, source.documents)) return null;
  return documentClient(db, clientId, source, ip, now);
}

function isTrusted(documentUrl: string, documents: ClientSource["documents"]): boolean {
  if (typeof documents === "string") return documents === "on";
  const { hostname } = new URL(documentUrl);
  return documents.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/** The client of a token or revocation request. A document is not fetched again: the grant already names it. */
export async function knownClient(db: Database, clientId: string, now: Date): Promise<Client | null> {
  const [found] = await db
    .select(columns)
    .from(clients)
    .where(and(eq(clients.id, clientId), or(eq(clients.kind, "cimd"), isNull(clients.expiresAt), gt(clients.expiresAt, now))))
    .limit(1);
  return found ?? null;
}

/** A client that is used stays: registered ones live ninety days from their last use, the doctor's own only for its visit. */
export async function touchClient(tx: Database, client: Client, now: Date): Promise<void> {
  const kept = client.kind === "dcr" && !client.name.endsWith(doctorSuffix) ? { expiresAt: new Date(now.getTime() + idleSeconds * 1_000) } : {};
  await tx
    .update(clients)
    .set({ lastUsedAt: now, ...kept })
    .where(eq(clients.id, client.id));
}

const columns = {
  id: clients.id,
  kind: clients.kind,
  name: clients.name,
  redirectUris: clients.redirectUris,
  authMethod: clients.tokenEndpointAuthMethod,
  secretHash: clients.secretHash,
};

async function cachedDocument(db: Database, clientId: string, now: Date): Promise<Client | null> {
  const [found] = await db
    .select(columns)
    .from(clients)
    .where(and(eq(clients.id, clientId), eq(clients.kind, "cimd"), gt(clients.expiresAt, now)))
    .limit(1);
  return found ?? null;
}

/** Requests for the same document at once share one fetch. Who asks too often does not get to share: their refusal would be everybody's. */
async function documentClient(db: Database, clientId: string, source: ClientSource, ip: string, now: Date): Promise<Client | null> {
  const kept = await cachedDocument(db, clientId, now);
  if (kept) return kept;
  const flights = singleton("oauth-client-documents", () => new Map<string, Promise<Client | null>>());
  if (!flights.has(clientId) && !(await mayAsk(db, ip, now))) {
    await pause(source.levelMs);
    return null;
  }
  const flying = flights.get(clientId);
  if (flying) return flying;
  // Kept by now, perhaps: another flight may have landed while the limit was looked up.
  const flight = cachedDocument(db, clientId, now)
    .then((landed) => landed ?? fetchClient(db, clientId, source, now))
    .finally(() => flights.delete(clientId));
  flights.set(clientId, flight);
  return flight;
}

async function fetchClient(db: Database, clientId: string, source: ClientSource, now: Date): Promise<Client | null> {
  const startedMs = performance.now();
  const fetched = (await mayFetch(db, clientId, now)) ? await fetchClientDocument(clientId, source.fetchDocument, source.nativeRedirects) : null;
  if (!fetched || "problem" in fetched) {
    if (fetched) log("warn", "client_document_refused", { clientId, problem: fetched.problem });
    await pause(source.levelMs - (performance.now() - startedMs));
    return null;
  }
  const { name, redirectUris, metadata } = fetched.description;
  const values = { name, redirectUris, metadata, expiresAt: new Date(now.getTime() + fetched.cacheSeconds * 1_000) };
  await db
    .insert(clients)
    .values({ id: clientId, kind: "cimd", createdAt: now, ...values })
    .onConflictDoUpdate({ target: clients.id, set: values });
  return { id: clientId, kind: "cimd", name, redirectUris, authMethod: "none", secretHash: null };
}

async function mayAsk(db: Database, ip: string, now: Date): Promise<boolean> {
  const mine = await hit(db, `oauth-document:${addressPrefix(ip)}`, { limit: fetchesPerPrefixPerHour, windowSeconds: 3_600 }, now);
  return mine.allowed;
}

async function mayFetch(db: Database, clientId: string, now: Date): Promise<boolean> {
  // A client that is known already is fetched at most every five minutes; strangers cannot use up its host's share.
  const [known] = await db.select({ id: clients.id }).from(clients).where(eq(clients.id, clientId)).limit(1);
  if (known) return true;
  const host = await hit(db, `oauth-document-host:${new URL(clientId).host}`, { limit: fetchesPerHostPerHour, windowSeconds: 3_600 }, now);
  return host.allowed;
}

const pause = (ms: number) => (ms > 0 ? new Promise<void>((resolve) => setTimeout(resolve, ms)) : Promise.resolve());
