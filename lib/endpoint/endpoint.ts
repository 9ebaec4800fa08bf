import { inArray } from "drizzle-orm";
import { organizations } from "@/drizzle/schema";
import { now } from "@/lib/clock";
import type { CallLog } from "@/lib/activity/call-log";
import { instanceId } from "@/lib/activity/instance";
import { connectLink } from "@/lib/connections/ticket";
import { awaitConnection, tellWaiting } from "@/lib/connections/waiting";
import { seal, unseal } from "@/lib/crypto/seal";
import type { Database } from "@/lib/db/types";
import { CallSlots } from "@/lib/gateway/call-slots";
import type { Ports } from "@/lib/gateway/ports";
import type { PortalView } from "@/lib/gateway/types";
import { type CallsAtOnce, limits, type RequestsPerSecond } from "@/lib/limits";
import { ParkedCalls } from "@/lib/mcp/relay/parked-calls";
import type { ServePorts } from "@/lib/mcp/serve-ports";
import { Sessions } from "@/lib/mcp/sessions/sessions";
import type { UpstreamFailure, UpstreamTarget } from "@/lib/mcp/upstream-types";
import { switchServer } from "@/lib/oauth/servers-off";
import { peers, type Told } from "@/lib/peers";
import { AccessVersions } from "./access-versions";
import { Admissions } from "./admissions";
import { Background, OncePerMinute } from "./background";
import { Cancellations } from "./cancellation";
import { explain, HiddenResources } from "./explain";
import { crowdedReason, noteLimit } from "./limited";
import { LastUses } from "./last-uses";
import { ListWatch } from "./list-watch";
import { AllOpenStreams } from "./open-streams";
import { Overload } from "./overload";
import { PortalCache } from "./portal-cache";
import { Rates } from "./rates";
import { sessionStore } from "./session-store";
import { TargetCache } from "./target-cache";

/** The gateway with everything it needs, made once a process (lib/endpoint/open.ts) or once a test. */
export type Endpoint = {
  db: Database;
  ports: ServePorts;
  admissions: Admissions;
  versions: AccessVersions;
  background: Background;
  cancellations: Cancellations;
  /** What another process of ours told. */
  hear(told: Told): void;
  overload: Overload;
  rates: Rates;
  lastUses: LastUses;
  /** Grants whose refusal, and whose reaching a limit was written down lately. */
  refused: OncePerMinute;
  limited: OncePerMinute;
  /** Ends the streams that stay open and what waits for answers, in order; requests under way go on. */
  quiet(): void;
  /** Whether calls are under way, of so many answers that are open, or wait for a person. */
  isBusy(openAnswers: number): boolean;
  /** Whether calls go on should the database be away now: the record takes them, and what decides about them is remembered. */
  outlivesDatabase(): boolean;
  /** Everything handed over for writing is written. */
  flush(): Promise<void>;
};

export type EndpointParts = {
  db: Database;
  /** No other process can change the database (the embedded one). */
  isAlone?: boolean;
  log: CallLog;
  send: ServePorts["send"];
  listen: ServePorts["listen"];
  tell: ServePorts["tell"];
  endParty: ServePorts["endParty"];
  sync(db: Database, ref: { orgId: string; serverId: string }): Promise<unknown>;
  loadTarget: (db: Database, orgId: string, serverId: string, personId: string | null) => Promise<Awaited<ReturnType<Ports["target"]>>>;
  /** The defaults where they are not given. */
  atOnce?: CallsAtOnce;
  perSecond?: RequestsPerSecond;
  /** Where nothing can be done about a refusal, that is all there is to say. */
  afterRefusal?: (db: Database, target: UpstreamTarget, personId: string | null, refusal: UpstreamFailure) => ReturnType<Ports["afterRefusal"]>;
};

export function makeEndpoint(parts: EndpointParts): Endpoint {
  const { db, isAlone = false, log, send, listen, tell, endParty, sync, loadTarget, afterRefusal } = parts;
  const targets = new TargetCache(({ orgId, serverId, personId }) => loadTarget(db, orgId, serverId, personId));
  const versions = new AccessVersions(
    (orgIds) => accessVersions(db, orgIds),
    isAlone,
    () => void streams.look(),
  );
  const hidden = new HiddenResources(db);
  const background = new Background();
  const target: Ports["target"] = (place) => targets.get(place);
  const lists = new ListWatch({
    target,
    listen,
    sync: (orgId, serverId) => sync(db, { orgId, serverId }),
    announce: (id, kinds) => streams.announce(id, kinds),
  });
  const streams = new AllOpenStreams({ versions, hear: (caller) => lists.hear(caller) });
  const parked = new ParkedCalls();
  const rates = new Rates(db, parts.perSecond ?? limits.requestsPerSecond);
  const endpoint: Endpoint = {
    db,
    admissions: new Admissions(db, new PortalCache(db), versions),
    versions,
    background,
    cancellations: new Cancellations(),
    overload: new Overload({ isLogFull: () => log.isFull?.() ?? false }),
    rates,
    lastUses: new LastUses(db, background),
    refused: new OncePerMinute(),
    limited: new OncePerMinute(),
    hear(told) {
      if (told.kind === "cancelled") endpoint.cancellations.told(told.owner, told.requestId);
      else if (told.kind === "connected") tellWaiting(told);
      else if (told.kind === "answered") endpoint.ports.sessions.answer(told.sessionId, told.askId, told.answer);
      else background.run("open streams could not be told of a switched server", () => streams.recheck(told.grantId));
    },
    isBusy: (open) => open > streams.size || parked.waitingCount > 0,
    quiet() {
      streams.endAll();
      lists.closeAll();
      parked.closeAll();
      versions.close();
    },
    outlivesDatabase: () => log.outlivesDatabase === true && log.isFull?.() === false && versions.outlivesDatabase,
    async flush() {
      await rates.stop();
      endpoint.lastUses.write(now());
      await background.drained();
      await log.flush();
    },
    ports: {
      log,
      instanceId: instanceId(),
      now,
      target,
      async afterRefusal(place, refused, refusal) {
        const found = (await afterRefusal?.(db, refused, place.personId, refusal)) ?? null;
        if (found) targets.forget(place);
        return found;
      },
      connectLink: ({ view, id }, server) => connectLink(portalOf(view), server.id, id, now()),
      awaitConnection: ({ view, id }, server, tell) => awaitConnection({ orgId: view.org.id, serverId: server.id, personId: id }, tell),
      send,
      listen,
      tell,
      endParty,
      sessions: new Sessions(sessionStore(db, now), ({ id, row }) => endParty(row.orgId, `session ${id}`)),
      parked,
      streams,
      states: requestStates,
      heard: (orgId, serverId, method) => lists.heard(orgId, serverId, method),
      explain: (view, requested) => explain(db, view, requested),
      isHiddenResource: (view, serverId, uri) => hidden.has(view, serverId, uri),
      async switchServer(caller, server, enabled) {
        if (!(await switchServer(db, caller, server, enabled, now()))) return;
        background.run("open streams could not be told of a switched server", () => streams.recheck(caller.grantId));
        peers().tell({ kind: "narrowed", grantId: caller.grantId });
      },
      slots: new CallSlots(parts.atOnce ?? limits.callsAtOnce),
      crowded: (caller, full) => noteLimit(endpoint, caller, crowdedReason(full)),
    },
  };
  return endpoint;
}

const portalOf = ({ org, portal }: PortalView) => ({ orgId: org.id, orgSlug: org.slug, portalId: portal.id, portalSlug: portal.slug });

const requestStates: ServePorts["states"] = {
  seal: (text, place) => seal(text, { purpose: "request-state", ...place }),
  unseal: (sealed, place) => unseal(sealed, { purpose: "request-state", ...place }),
};

async function accessVersions(db: Database, orgIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const found = await db
    .select({ id: organizations.id, version: organizations.accessVersion })
    .from(organizations)
    .where(inArray(organizations.id, [...orgIds]));
  return new Map(found.map(({ id, version }) => [id, version]));
}
