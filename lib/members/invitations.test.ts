import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { and, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { accessEvents, auditEvents, invitations, members, people } from "@/drizzle/schema";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import type { Role } from "@/lib/auth/roles";
import { env } from "@/lib/env";
import { findInvitation } from "@/lib/orgs/invitations";
import { testDatabase } from "@/tests/support/database";
import { aMember, anOrg, aPerson, contextOf } from "@/tests/support/factories";
import { acceptInvitation, blockPerson, inviteMember, revokeInvitation } from "./commands";
import { listInvitations } from "./queries";

const db = await testDatabase();
const day = 86_400_000;
let counter = 0;
const anAddress = () => `guest-${counter++}@acme.test`;

/** The token in the newest mail to an address, as the invited person reads it. */
function mailedToken(email: string): string {
  const folder = join(env().DATA_DIR, "outbox");
  const mails = readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").replace(/=\r?\n/g, ""));
  const token = mails
    .filter((mail) => mail.includes(email))
    .at(-1)
    ?.match(/\/invite\/(ghi_[\w-]+)/)?.[1];
  if (!token) throw new Error(`no invitation was mailed to ${email}`);
  return token;
}

async function invite(ctx: OrgContext, role: Role = "admin", email = anAddress()) {
  const invited = await inviteMember(ctx, { email, role });
  return { ...invited, email, token: mailedToken(email) };
}

async function signedIn(email: string, more: Partial<typeof people.$inferInsert> = {}): Promise<PersonContext> {
  const person = await aPerson(db, { email, ...more });
  return {
    db,
    person: { id: person.id, email, name: person.name, emailVerified: person.emailVerifiedAt !== null },
    sessionId: null,
    request: { ip: "127.0.0.1", userAgent: "test" },
    now: new Date(),
  };
}

describe("an invitation", () => {
  test("is mailed to the address, kept as a hash, and shown with organization and role", async () => {
    const { ctx, org, owner } = await anOrg(db);
    const { email, token, mail } = await invite(ctx, "auditor");
    expect(mail).toBe("outbox");
    const found = await findInvitation(db, token, new Date());
    expect(found).toMatchObject({ ok: true, invitation: { orgName: org.name, orgSlug: org.slug, email, role: "auditor", invitedBy: owner.email } });
    expect(JSON.stringify(await db.select().from(invitations))).not.toContain(token);
    expect(JSON.stringify(await db.select().from(auditEvents).where(eq(auditEvents.orgId, org.id)))).not.toContain(token);
    expect((await listInvitations(ctx)).rows).toMatchObject([{ email, role: "auditor", invitedBy: owner.email, expired: false }]);
  });

  test("accepted by its address makes a member with its role and proves the address", async () => {
    const { ctx, org } = await anOrg(db);
    const { email, token } = await invite(ctx, "admin");
    const guest = await signedIn(email, { emailVerifiedAt: null });
    expect(await acceptInvitation(guest, { token })).toEqual({ orgSlug: org.slug, orgName: org.name });
    const [member] = await db
      .select()
      .from(members)
      .where(and(eq(members.orgId, org.id), eq(members.personId, guest.person.id)));
    expect(member?.role).toBe("admin");
    const [person] = await db.select().from(people).where(eq(people.id, guest.person.id));
    expect(person?.emailVerifiedAt).not.toBeNull();
    const events = await db.select().from(accessEvents).where(eq(accessEvents.personId, guest.person.id));
    expect(events.map((event) => event.kind).sort()).toEqual(["email_verified", "invitation_accepted"]);
    expect((await listInvitations(ctx)).total).toBe(0);
  });

  test("is of no use to another address, and proves nothing for it", async () => {
    const { ctx, org } = await anOrg(db);
    const { email, token } = await invite(ctx);
    const thief = await signedIn(anAddress(), { emailVerifiedAt: null });
    await expect(acceptInvitation(thief, { token })).rejects.toMatchObject({ code: "forbidden", message: expect.stringContaining(email) });
    expect((await db.select().from(people).where(eq(people.id, thief.person.id)))[0]?.emailVerifiedAt).toBeNull();
    expect(await db.select().from(members).where(eq(members.orgId, org.id))).toHaveLength(1);
    expect(await findInvitation(db, token, new Date())).toMatchObject({ ok: true });
  });

  test("works once", async () => {
    const { ctx } = await anOrg(db);
    const { email, token } = await invite(ctx);
    const guest = await signedIn(email);
    const outcome = await Promise.allSettled([acceptInvitation(guest, { token }), acceptInvitation(guest, { token })]);
    expect(outcome.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(acceptInvitation(guest, { token })).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("already used") });
    expect(await findInvitation(db, token, new Date())).toEqual({ ok: false, reason: "used" });
  });

  test("expires after 7 days", async () => {
    const { ctx } = await anOrg(db);
    const { email, token } = await invite(ctx);
    const guest = await signedIn(email);
    expect(await findInvitation(db, token, new Date(ctx.now.getTime() + 7 * day - 1))).toMatchObject({ ok: true });
    const late = new Date(ctx.now.getTime() + 7 * day);
    expect(await findInvitation(db, token, late)).toEqual({ ok: false, reason: "expired" });
    await expect(acceptInvitation({ ...guest, now: late }, { token })).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("expired") });
  });

  test("that was withdrawn, or replaced by a newer one, is of no use", async () => {
    const { ctx } = await anOrg(db);
    const first = await invite(ctx, "admin");
    const second = await invite(ctx, "member", first.email);
    expect(await findInvitation(db, first.token, new Date())).toEqual({ ok: false, reason: "revoked" });
    expect((await listInvitations(ctx)).rows).toMatchObject([{ id: second.id, role: "member" }]);
    await revokeInvitation(ctx, { invitationId: second.id });
    const guest = await signedIn(first.email);
    await expect(acceptInvitation(guest, { token: second.token })).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("withdrawn") });
    await expect(revokeInvitation(ctx, { invitationId: second.id })).rejects.toMatchObject({ code: "not_found" });
  });

  test.each(["", "ghi_nonsense", "ghi_\0"])("with the token %j is unknown", async (token) => {
    expect(await findInvitation(db, token, new Date())).toEqual({ ok: false, reason: "unknown" });
  });

  test("to a member, as owner by an admin, or to a blocked address is refused", async () => {
    const { ctx, org, owner } = await anOrg(db);
    const person = await aPerson(db);
    await aMember(db, org.id, person.id, "admin");
    const admin = contextOf(db, org, person, "admin");
    await expect(inviteMember(admin, { email: owner.email, role: "member" })).rejects.toMatchObject({ code: "conflict", field: "email" });
    await expect(inviteMember(admin, { email: anAddress(), role: "owner" })).rejects.toMatchObject({ code: "forbidden" });
    await blockPerson(ctx, { email: "eve@x.test", reason: "" });
    await expect(inviteMember(admin, { email: "eve@x.test", role: "member" })).rejects.toMatchObject({ code: "conflict", field: "email" });
    expect((await listInvitations(ctx)).total).toBe(0);
  });

  test("ends when its address is blocked", async () => {
    const { ctx } = await anOrg(db);
    const { email, token } = await invite(ctx);
    const guest = await signedIn(email);
    await blockPerson(ctx, { email, reason: "" });
    await expect(acceptInvitation(guest, { token })).rejects.toMatchObject({ code: "invalid" });
  });

  test("accepted while its address is being blocked leaves no member behind", async () => {
    const { ctx, org } = await anOrg(db);
    const { email, token } = await invite(ctx);
    const guest = await signedIn(email);
    await Promise.allSettled([acceptInvitation(guest, { token }), blockPerson(ctx, { email, reason: "" })]);
    expect(await db.select().from(members).where(eq(members.orgId, org.id))).toHaveLength(1);
  });

  test("keeps the role of who became a member meanwhile", async () => {
    const { ctx, org } = await anOrg(db);
    const { email, token } = await invite(ctx, "owner");
    const guest = await signedIn(email);
    await aMember(db, org.id, guest.person.id, "member");
    await acceptInvitation(guest, { token });
    expect((await db.select().from(members).where(eq(members.personId, guest.person.id)))[0]?.role).toBe("member");
  });
});
