import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { capabilities } from "../../drizzle/schema";
import type { OrgContext } from "../../lib/auth/context";
import { migrate } from "../../lib/db/migrate";
import { openDatabase } from "../../lib/db/open";
import { hashPassword } from "../../lib/people/password";
import { assignServer } from "../../lib/portals/assign";
import { syncServer } from "../../lib/servers/sync";
import { freePort, type Gatehouse, type Mount, startGatehouse } from "../e2e/support/processes";
import { anOrg, aPerson, aPolicy, aPortal, aServer, attachToPortal } from "../support/factories";
import { startUpstream } from "../support/upstream";
import { startConformanceFixture } from "./fixture/start";
import type { Person } from "./sign-in";
import { keepsFiles } from "./suite";
import { timed } from "./timed";

/**
 * Portals with the conformance fixture and a second server behind each, and somebody whom their policy admits. In one the fixture is
 * spoken to as Gatehouse finds it, in the other over sessions, so that a client of either era can have a server of its own.
 */
export type Stage = {
  fixtureUrl: string;
  path: string;
  sessionPath: string;
  person: Person;
  /** The built product over this portal, until the work is done. */
  withProduct<T>(mount: Mount, work: (gatehouse: Gatehouse) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

export async function aStage(): Promise<Stage> {
  const fixture = await startConformanceFixture();
  const neighbour = await startUpstream();
  const stage = await aStageOver([fixture.url, neighbour.url]);
  return {
    fixtureUrl: fixture.url,
    ...stage,
    close: async () => {
      await Promise.all([fixture.close(), neighbour.close()]);
      await stage.close();
    },
  };
}

/** The same with other servers behind the portals. */
export async function aStageOver(urls: string[]): Promise<Omit<Stage, "fixtureUrl"> & { dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-conformance-"));
  const port = await freePort();
  // What the product reads when it synchronises in this process, and again in its own.
  Object.assign(process.env, { NODE_ENV: "production", DATA_DIR: dataDir, PUBLIC_URL: `http://localhost:${port}` });
  delete process.env.DATABASE_URL;
  const person = { email: "conformance@acme.test", password: "correct horse battery staple" };
  const paths = await timed("database, sync and portals", () => furnish(dataDir, urls, person));
  return {
    ...paths,
    dataDir,
    person,
    withProduct: async (mount, work) => {
      const gatehouse = await timed(`starting the product, ${mount}`, () => startGatehouse({ mount, dataDir, port }));
      try {
        return await work(gatehouse);
      } finally {
        await gatehouse.stop();
        if (keepsFiles) console.log(`  what the product printed: ${kept(gatehouse.output())}`);
      }
    },
    close: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

function kept(output: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "gatehouse-conformance-")), "product.log");
  writeFileSync(file, output);
  return file;
}

async function furnish(dataDir: string, urls: string[], { email, password }: Person): Promise<Pick<Stage, "path" | "sessionPath">> {
  const opened = await openDatabase({ dataDir });
  try {
    const { db } = opened;
    await migrate(db);
    const { org, ctx } = await anOrg(db);
    const policy = await aPolicy(db, org.id, [{ kind: "everyone" }]);
    const aPathTo = async (protocol: "auto" | "session") => {
      const portal = await aPortal(db, org.id);
      await attachToPortal(db, org.id, portal.id, policy.id);
      for (const url of urls) await assign(ctx, portal.id, url, protocol);
      return `/mcp/${org.slug}/${portal.slug}`;
    };
    await aPerson(db, { email, passwordHash: await hashPassword(password) });
    return { path: await aPathTo("auto"), sessionPath: await aPathTo("session") };
  } finally {
    await opened.close();
  }
}

/** Reads the server's lists as the product does, and ticks everything. */
async function assign(ctx: OrgContext, portalId: string, url: string, protocol: "auto" | "session"): Promise<void> {
  const server = await aServer(ctx.db, ctx.org.id, { url, status: "waiting", transport: null, era: null, protocol });
  const synced = await syncServer(ctx.db, { orgId: ctx.org.id, serverId: server.id }, ctx.actor);
  if (synced.kind !== "done") throw new Error(`${url} could not be synchronised: ${JSON.stringify(synced)}`);
  const offered = await ctx.db.select({ id: capabilities.id }).from(capabilities).where(eq(capabilities.serverId, server.id));
  const { on, prefixed } = await assignServer(ctx, { portalId, serverId: server.id, capabilityId: offered.map(({ id }) => id) });
  if (on === 0 || on < offered.length || prefixed)
    throw new Error(`${url}: ${on} of ${offered.length} capabilities are on${prefixed ? ", with a prefix" : ""}`);
}
