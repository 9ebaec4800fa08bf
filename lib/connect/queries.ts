import { type CallSummary, listMyCalls } from "@/lib/activity/queries";
import type { PersonContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { type Access, portalAccess, serverAccess } from "@/lib/gateway/access";
import { buildCatalogue, type Catalogue, type Entry } from "@/lib/gateway/catalogue";
import type { ContextMode } from "@/lib/gateway/context-mode";
import type { ServerView } from "@/lib/gateway/types";
import { type GrantRow, listGrantsOfPerson } from "@/lib/oauth/grants";
import { portalResource } from "@/lib/oauth/urls";
import { findPortal, loadPerson, loadPortalView } from "@/lib/portals/view";

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

export type MyServer = {
  id: string;
  name: string;
  /** `closed`: the server's own policies leave this person out. */
  state: ServerView["status"] | "closed";
  /** The one sentence to read; empty when all is well. */
  note: string;
  tools: MyCapability[];
  prompts: MyCapability[];
  /** Resources and templates. */
  resources: MyCapability[];
};

export type MyCapability = { name: string; description: string };

/** Null when no such portal exists. Reads nothing of the person's where nobody is signed in. */
export async function connectPage(db: Database, orgSlug: string, portalSlug: string, person: PersonContext | null): Promise<ConnectPage | null> {
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
    mine: person && (await loadMine(db, { orgId, orgName, portalId }, person)),
  };
}

async function loadMine(db: Database, at: { orgId: string; orgName: string; portalId: string }, ctx: PersonContext): Promise<Mine | null> {
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
  return {
    email: person.email,
    admitted: access.allowed,
    refusal: access.allowed ? "" : refusalWords(access, at.orgName),
    contact: view.portal.contact,
    contextMode: access.allowed && view.portal.portalTools ? view.portal.contextMode : null,
    // Who is not admitted learns nothing of what is inside.
    servers: access.allowed ? view.servers.map((server) => myServer(server, catalogue, serverAccess(server, person).allowed)) : [],
    calls,
    apps: grants.filter((grant) => grant.orgId === at.orgId && grant.portalId === at.portalId),
  };
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
      return access.policyId ? "A policy of this portal keeps this account out." : "No policy of this portal includes this account.";
  }
}

function myServer(server: ServerView, catalogue: Catalogue, open: boolean): MyServer {
  const of = (entries: ReadonlyMap<string, Entry>): MyCapability[] =>
    [...entries].filter(([, entry]) => entry.server.id === server.id).map(([name, entry]) => ({ name, description: descriptionOf(entry) }));
  const { served } = catalogue;
  return {
    id: server.id,
    name: server.name,
    state: open ? server.status : "closed",
    note: open ? notes[server.status] : "Its own policies do not include you.",
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
