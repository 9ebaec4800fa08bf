import { type CallSummary, listMyCalls } from "@/lib/activity/queries";
import type { PersonContext } from "@/lib/auth/context";
import { listMyConnections, type MyConnection } from "@/lib/connections/queries";
import { readTicket } from "@/lib/connections/ticket";
import type { Database } from "@/lib/db/types";
import { type Access, portalAccess, serverAccess } from "@/lib/gateway/access";
import { buildCatalogue, type Catalogue, type Entry } from "@/lib/gateway/catalogue";
import type { ContextMode } from "@/lib/gateway/context-mode";
import type { ServerView } from "@/lib/gateway/types";
import { type GrantRow, listGrantsOfPerson } from "@/lib/oauth/grants";
import { portalResource } from "@/lib/oauth/urls";
import { findPortal, loadPerson, loadPortalView } from "@/lib/portals/view";
import { serversSince } from "./new-servers";

/** The page an employee opens: what everyone may know of a portal, and what is this person's own. */
export type ConnectPage = {
  orgSlug: string;
  orgName: string;
  portalId: string;
  portalSlug: string;
  portalName: string;
  url: string;
  /** Null for who is not signed in. */
  mine: Mine | null;
};

export type Mine = {
  email: string;
  /** What a link from a tool's result asks for, where the page was opened with one. */
  asked: Asked | null;
  admitted: boolean;
  /** Why not, in words; empty when admitted. */
  refusal: string;
  /** Whom to ask, as the portal's admins wrote it. */
  contact: string;
  /** What clients are shown of the tools, and the portal has tools of its own; null where it has none or the person is not admitted. */
  contextMode: ContextMode | null;
  servers: MyServer[];
  calls: CallSummary[];
  apps: GrantRow[];
};

/** `theirs`: the link was made for another person's call. */
export type Asked = { serverId: string; link: "yours" | "theirs" | "none" };

export type MyServer = {
  id: string;
  name: string;
  /** `closed`: the server's own policies leave this person out. */
  state: ServerView["status"] | "closed";
  /** The one sentence to read; empty when all is well. */
  note: string;
  /** Whose account is used there, and how it is with this person's own; null where the server is not for them. */
  connection: MyConnection | null;
  /** It came since the person was last here. */
  isNew: boolean;
  tools: MyCapability[];
  prompts: MyCapability[];
  /** Resources and templates. */
  resources: MyCapability[];
};

export type MyCapability = { name: string; description: string };

/** Null when no such portal exists. Reads nothing of the person's where nobody is signed in. */
export async function connectPage(
  db: Database,
  orgSlug: string,
  portalSlug: string,
  person: PersonContext | null,
  link: Link = {},
): Promise<ConnectPage | null> {
  const found = await findPortal(db, orgSlug, portalSlug);
  if (!found) return null;
  const { orgId, orgName, portalId, portalName } = found;
  return {
    orgSlug: found.orgSlug,
    orgName,
    portalId,
    portalSlug: found.portalSlug,
    portalName,
    url: portalResource(found.orgSlug, found.portalSlug),
    mine: person && (await loadMine(db, { orgId, orgName, portalId }, person, link)),
  };
}

async function loadMine(db: Database, at: { orgId: string; orgName: string; portalId: string }, ctx: PersonContext, link: Link): Promise<Mine | null> {
  const personId = ctx.person.id;
  const [view, person, calls, grants] = await Promise.all([
    loadPortalView(db, at.orgId, at.portalId),
    loadPerson(db, at.orgId, personId),
    listMyCalls(db, { orgId: at.orgId, portalId: at.portalId, personId }, ctx.now),
    listGrantsOfPerson(db, personId, ctx.now),
  ]);
  if (!view || !person) return null;
  const access = portalAccess(view, person);
  const catalogue = buildCatalogue(view, person);
  const apps = grants.filter((grant) => grant.orgId === at.orgId && grant.portalId === at.portalId);
  const connections = access.allowed ? await listMyConnections(db, { orgId: at.orgId, portalId: at.portalId, personId }) : [];
  const fresh = await serversSince(db, at, [...apps.map((app) => app.createdAt), ...connections.map((connection) => connection.connectedAt)]);
  const about = (id: string) => ({ connection: connections.find((connection) => connection.serverId === id) ?? null, isNew: fresh.has(id) });
  return {
    asked: askedOf(at, link, ctx),
    email: person.email,
    admitted: access.allowed,
    refusal: access.allowed ? "" : refusalWords(access, at.orgName),
    contact: view.portal.contact,
    contextMode: access.allowed && view.portal.portalTools ? view.portal.contextMode : null,
    // Who is not admitted learns nothing of what is inside.
    servers: access.allowed ? view.servers.map((server) => myServer(server, catalogue, serverAccess(server, person).allowed, about(server.id))) : [],
    calls,
    apps,
  };
}

/** The query of a link from a tool's result: a server, and a ticket that says whose call it was. */
export type Link = { server?: string; ticket?: string };

function askedOf({ orgId, portalId }: { orgId: string; portalId: string }, { server, ticket }: Link, ctx: PersonContext): Asked | null {
  if (!server) return null;
  const read = ticket ? readTicket({ orgId, portalId, serverId: server }, ticket, ctx.person.id, ctx.now) : "invalid";
  return { serverId: server, link: read === "invalid" ? "none" : read };
}

/** Why the portal lets this person not in. Policies are not named: their names are the admins' own. */
function refusalWords(access: Access, orgName: string): string {
  switch (access.by) {
    case "disabled":
      return "This portal is switched off at the moment, for everyone.";
    case "unverified":
      return "Your e-mail address is not confirmed yet. Open the link in the message we sent you, then come back.";
    case "block":
      return `${orgName} does not let this account in.`;
    case "portal":
    case "server":
    case "grant":
    case "service_token":
      return access.policyId ? "A policy of this portal keeps this account out." : "No policy of this portal includes this account.";
  }
}

function myServer(server: ServerView, catalogue: Catalogue, open: boolean, about: Pick<MyServer, "connection" | "isNew">): MyServer {
  const of = (entries: ReadonlyMap<string, Entry>): MyCapability[] =>
    [...entries].filter(([, entry]) => entry.server.id === server.id).map(([name, entry]) => ({ name, description: descriptionOf(entry) }));
  const { served } = catalogue;
  return {
    id: server.id,
    name: server.name,
    state: open ? server.status : "closed",
    note: open ? notes[server.status] : "Its own policies do not include you.",
    connection: open ? about.connection : null,
    isNew: about.isNew,
    tools: of(served.tool),
    prompts: of(served.prompt),
    resources: [...of(served.resource), ...of(served.template)],
  };
}

const notes: Record<ServerView["status"], string> = {
  ready: "",
  waiting: "It is being set up; nothing works yet.",
  stale: "It did not answer lately. Its tools stay listed; calls may fail.",
  error: "It does not answer at the moment. Its tools stay listed; calls fail with the reason.",
};

function descriptionOf({ capability }: Entry): string {
  const { description, title } = capability.definition;
  return typeof description === "string" ? description : typeof title === "string" ? title : "";
}
