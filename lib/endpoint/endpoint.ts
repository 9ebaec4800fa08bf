import { eq } from "drizzle-orm";
import { grants } from "@/drizzle/schema";
import type { CallLog } from "@/lib/activity/call-log";
import { instanceId } from "@/lib/activity/instance";
import type { Database } from "@/lib/db/types";
import { InFlight } from "@/lib/gateway/in-flight";
import type { Ports } from "@/lib/gateway/ports";
import { limits } from "@/lib/limits";
import { Background, OncePerMinute } from "./background";
import { Cancellations } from "./cancellation";
import { explain, HiddenResources } from "./explain";
import { PortalCache } from "./portal-cache";
import { TargetCache } from "./target-cache";

/** The gateway with everything it needs, made once a process (lib/endpoint/open.ts) or once a test. */
export type Endpoint = {
  db: Database;
  ports: Ports;
  portals: PortalCache;
  background: Background;
  cancellations: Cancellations;
  /** Grants whose last use, and whose refusal, was written down lately. */
  touched: OncePerMinute;
  refused: OncePerMinute;
  touch(grantId: string, now: Date): Promise<void>;
  /** Everything handed over for writing is written. */
  flush(): Promise<void>;
};

export type EndpointParts = {
  db: Database;
  log: CallLog;
  send: Ports["send"];
  loadTarget: (db: Database, orgId: string, serverId: string) => ReturnType<Ports["target"]>;
};

export function makeEndpoint({ db, log, send, loadTarget }: EndpointParts): Endpoint {
  const targets = new TargetCache((orgId, serverId) => loadTarget(db, orgId, serverId));
  const hidden = new HiddenResources(db);
  const background = new Background();
  return {
    db,
    portals: new PortalCache(db),
    background,
    cancellations: new Cancellations(),
    touched: new OncePerMinute(),
    refused: new OncePerMinute(),
    async touch(grantId, now) {
      await db.update(grants).set({ lastUsedAt: now }).where(eq(grants.id, grantId));
    },
    async flush() {
      await background.drained();
      await log.flush();
    },
    ports: {
      log,
      instanceId: instanceId(),
      now: () => new Date(),
      target: (orgId, serverId, accessVersion) => targets.get(orgId, serverId, accessVersion),
      send,
      explain: (view, requested) => explain(db, view, requested),
      isHiddenResource: (view, serverId, uri) => hidden.has(view, serverId, uri),
      perPerson: new InFlight(limits.callsInFlightPerPerson),
      perServer: new InFlight(limits.callsInFlightPerServer),
    },
  };
}
