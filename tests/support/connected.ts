import { eq } from "drizzle-orm";
import { accessTokens, assignments, servers } from "@/drizzle/schema";
import type { PersonContext } from "@/lib/auth/context";
import { finishConnecting } from "@/lib/connections/finish";
import { startConnecting } from "@/lib/connections/mine";
import type { Database } from "@/lib/db/types";
import { hashToken, newToken } from "@/lib/ids";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { aLivePortal, type Mount, modernHeaders, modernMessage, mountsOf } from "@/tests/mcp/harness";
import { signedIn } from "@/tests/oauth/front-door";
import { aCapability, aGrant, anAssignment, aPerson, contextOf } from "./factories";
import { realParts } from "./features/feature-portal";
import { signInAt } from "./provider-browser";

export type Auth = "oauth" | "bearer" | "headers";

/** A portal with one server at which everybody uses an account of their own, unless told otherwise, and its tools `whoami` and `write`. */
export async function aConnectedPortal(db: Database, url: string, auth: Auth, account: "personal" | "shared" = "personal") {
  const live = await aLivePortal(db, { url, ...realParts });
  const { org, portal, server } = live;
  await db.update(servers).set({ auth, transport: null, era: null, name: "Guarded" }).where(eq(servers.id, server.id));
  const tools = [await aCapability(db, org.id, server.id, "tool", "whoami"), await aCapability(db, org.id, server.id, "tool", "write")];
  await anAssignment(db, org.id, portal.id, server.id, tools);
  await db.update(assignments).set({ account }).where(eq(assignments.portalId, portal.id));
  await bumpAccessVersion(db, org.id);
  const mounts = await mountsOf(live);
  const first = mounts[0];
  if (!first) throw new Error("there is no mount");
  const input = { portalId: portal.id, serverId: server.id };
  return {
    ...live,
    mounts,
    input,
    ref: { orgId: org.id, serverId: server.id, personId: live.person.id },
    ctx: contextOf(db, org, live.person, "owner"),
    me: signedIn(db, live.person),
    /** Somebody else whom the portal admits, with a token of theirs. */
    async another() {
      const person = await aPerson(db);
      return { person, me: signedIn(db, person), ...(await aGrant(db, portal, person.id, live.resource)) };
    },
    /** What the server's tool says, called as whoever has the token. */
    call: (token: string = live.token, name = "whoami", mount: Mount = first) => callTool(mount, token, name),
    /** Goes to the provider as the person, signs in there under the name, and comes back. */
    async connect(me: PersonContext, name: string, answer?: "agree" | "refuse") {
      const now = { ...me, now: new Date() };
      const { url: provider } = await startConnecting(now, input);
      return finishConnecting(now, (await signInAt(provider, name, answer)).searchParams);
    },
  };
}

export async function callTool(mount: Mount, token: string, name: string): Promise<string> {
  const { status, json, text } = await mount.send({ headers: modernHeaders(token, "tools/call", name), body: modernMessage("tools/call", { name }) });
  if (status !== 200) throw new Error(`${status}: ${text}`);
  const content = json.result?.content;
  return Array.isArray(content) ? content.map((block) => String(block.text)).join("") : `error ${json.error?.code}: ${json.error?.message}`;
}

/** Another token of the same grant, good for as long as a test's clock may be moved. */
export async function aLastingToken(db: Database, grantId: string): Promise<string> {
  const token = newToken("gha");
  await db.insert(accessTokens).values({ tokenHash: hashToken(token), grantId, expiresAt: new Date(Date.now() + 30 * 86_400_000) });
  return token;
}
