import { and, eq } from "drizzle-orm";
import { servers } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { AppError, notFound } from "@/lib/errors";
import { getPortal } from "@/lib/portals/queries";
import { hit } from "@/lib/throttle/throttle";
import { type DoctorPorts, doctorPorts } from "./ports";
import { profiles } from "./profiles";
import { replay } from "./replay";
import { firstFailure, type Report, type Walked } from "./report";
import type { CheckPortal, CheckServer } from "./schema";
import { walkToServer } from "./server-check";

const checksPerTenMinutes = 10;

/** Does what the chosen apps do when somebody connects them to a portal, as the admin who asks, and takes it back. */
export async function checkPortal(
  ctx: OrgContext,
  { portalId, client }: CheckPortal,
  person: PersonContext,
  ports: DoctorPorts = doctorPorts(),
): Promise<Report> {
  requireRight(ctx, "portals.manage");
  const portal = await getPortal(ctx, portalId);
  await takeTurn(ctx);
  const signal = AbortSignal.timeout(ports.totalMs);
  const stage = { org: ctx.org, portal, person, ports, signal };
  const report = await timed(() => Promise.all(profiles.filter(({ id }) => client.includes(id)).map((profile) => replay(stage, profile))));
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx, { action: "portal.checked", target: { kind: "portal", id: portal.id, name: portal.name }, after: outcomes(report.walks) }),
  );
  return report;
}

/** Looks at everything between Gatehouse and a server. */
export async function checkServer(ctx: OrgContext, { serverId }: CheckServer, ports: DoctorPorts = doctorPorts()): Promise<Report> {
  requireRight(ctx, "servers.manage");
  const [server] = await ctx.db
    .select({ id: servers.id, name: servers.name, url: servers.url, auth: servers.auth, transport: servers.transport })
    .from(servers)
    .where(and(eq(servers.orgId, ctx.org.id), eq(servers.id, serverId)))
    .limit(1);
  if (!server) throw notFound("server", serverId);
  await takeTurn(ctx);
  const limits = { stepMs: ports.stepMs, signal: AbortSignal.timeout(ports.totalMs) };
  const report = await timed(async () => [await walkToServer(server, ctx, ports.upstream, limits)]);
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx, { action: "server.checked", target: { kind: "server", id: server.id, name: server.name }, after: outcomes(report.walks) }),
  );
  return report;
}

async function takeTurn({ db, org, now }: OrgContext): Promise<void> {
  const turn = await hit(db, `doctor:${org.id}`, { limit: checksPerTenMinutes, windowSeconds: 600 }, now);
  if (turn.allowed) return;
  const minutes = Math.ceil(turn.retryAfterSeconds / 60);
  throw new AppError("limit", `that was checked often just now; try again in ${minutes} min`, { retryAfterSeconds: turn.retryAfterSeconds });
}

async function timed(walk: () => Promise<Walked[]>): Promise<Report> {
  const startedAt = new Date();
  const walks = await walk();
  return { at: startedAt.toISOString(), seconds: (Date.now() - startedAt.getTime()) / 1_000, walks };
}

const outcomes = (walks: readonly Walked[]) =>
  Object.fromEntries(walks.map((walked) => [walked.name, [firstFailure(walked)?.title ?? "passed", walked.reference].filter(Boolean).join(" · ")]));
