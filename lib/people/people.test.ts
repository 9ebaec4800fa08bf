import { and, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { accessEvents, auditEvents, blocks, calls, grants, installation, links, organizations, people, sessions } from "@/drizzle/schema";
import { ensureSetupCode } from "@/lib/auth/setup-code";
import { createSession, findSession } from "@/lib/auth/session";
import type { PersonContext } from "@/lib/auth/context";
import { hashToken, newId, newToken } from "@/lib/ids";
import type { Mail } from "@/lib/mail/send";
import { testDatabase } from "@/tests/support/database";
import { aGrant, aMember, anOrg, aPerson, aPortal } from "@/tests/support/factories";
import { changeEmail, changePassword, resendVerification, revokeOtherSessions, revokeSession } from "./commands";
import { confirmLink } from "./confirm";
import { deleteAccount } from "./delete-account";
import { createLink, findLink } from "./links";
import { hashPassword } from "./password";
import { listMySessions } from "./queries";
import { requestReset, resetPassword } from "./reset";
import { checkSignIn } from "./sign-in";
import { signUp } from "./sign-up";

const db = await testDatabase();
const password = "seven green bicycles";
const passwordHash = await hashPassword(password);
const minutes = (n: number) => new Date(Date.now() + n * 60_000);
let nextIp = 1;
/** A browser of its own, so that limits of one test do not count in another. */
const aFront = (now = new Date()) => ({ db, request: { ip: `198.51.${nextIp >> 8}.${nextIp++ & 255}`, userAgent: "Browser" }, now });
const anEmail = () => `${newId("per").slice(-12)}@acme.test`;
const aMailbox = () => {
  const sent: Mail[] = [];
  return { sent, deliver: async (mail: Mail) => void sent.push(mail), token: (at = -1) => /(ghl_[\w-]+)/.exec(sent.at(at)?.text ?? "")?.[1] ?? "" };
};
const aSignedUp = (more: Partial<typeof people.$inferInsert> = {}) => aPerson(db, { passwordHash, ...more });
const nobody = { personId: null, sessionId: null };

async function aPersonContext(more: Partial<typeof people.$inferInsert> = {}): Promise<PersonContext> {
  const person = await aSignedUp(more);
  const front = aFront();
  const sid = await createSession(db, person.id, front.request, front.now);
  const session = await findSession(db, sid, front.now);
  return { ...front, sessionId: session?.id ?? null, person: { id: person.id, email: person.email, name: person.name, emailVerified: true } };
}

describe("signing up", () => {
  test("makes an unconfirmed account and mails a link that carries where to go next", async () => {
    const [email, box] = [anEmail(), aMailbox()];
    await signUp(aFront(), { email, name: "Ana", password, next: "/connect/a/b" }, box.deliver);
    const [person] = await db.select().from(people).where(eq(people.email, email));
    expect(person).toMatchObject({ name: "Ana", emailVerifiedAt: null });
    expect(box.sent[0]?.to).toBe(email);
    expect(box.sent[0]?.text).toContain("?next=%2Fconnect%2Fa%2Fb");
  });

  test("with a known address looks the same from outside, changes nothing, and tells its mailbox", async () => {
    const [known, box] = [await aSignedUp(), aMailbox()];
    const unknown = await signUp(aFront(), { email: anEmail(), name: "", password }, async () => {});
    const answer = await signUp(aFront(), { email: known.email, name: "Eve", password: "another long password" }, box.deliver);
    expect(Object.keys(answer)).toEqual(Object.keys(unknown));
    expect(answer.browserProof).toHaveLength(unknown.browserProof.length);
    expect((await db.select().from(people).where(eq(people.email, known.email)))[0]).toMatchObject({ name: "Ana", passwordHash });
    expect(box.sent.map((mail) => mail.subject)).toEqual(["You already have an account"]);
  });

  test("with a known address fills no mailbox", async () => {
    const [known, box] = [await aSignedUp(), aMailbox()];
    for (let i = 0; i < 6; i++) await signUp(aFront(), { email: known.email, name: "", password }, box.deliver);
    expect(box.sent).toHaveLength(3);
  });

  test.each(["password", "Password123", "12345678", "gatehouse", "aaaaaaaaaa", "Welcome1!"])("refuses the password `%s`", async (easy) => {
    const email = anEmail();
    await expect(signUp(aFront(), { email, name: "", password: easy }, async () => {})).rejects.toMatchObject({ code: "invalid", field: "password" });
    expect(await db.select().from(people).where(eq(people.email, email))).toEqual([]);
  });

  test("refuses the address as its own password", async () => {
    const email = `ana-the-first@acme.test`;
    await expect(signUp(aFront(), { email, name: "", password: "Ana-the-First" }, async () => {})).rejects.toMatchObject({ field: "password" });
  });

  test("is throttled by network", async () => {
    const front = aFront();
    const once = () => signUp(front, { email: anEmail(), name: "", password }, async () => {});
    for (let i = 0; i < 20; i++) await once();
    await expect(once()).rejects.toMatchObject({ code: "limit" });
  });

  test.each([undefined, "", "ins_nonsense"])("by invitation only refuses the invitation %j", async (invite) => {
    await expect(signUp(aFront(), { email: anEmail(), name: "", password, invite }, async () => {}, "invited")).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("the setup code", () => {
  test("is not printed when there is an account, and accounts then come by invitation", async () => {
    await aSignedUp();
    expect(await ensureSetupCode(db, "setup_code")).toBeNull();
    await expect(signUp(aFront(), { email: anEmail(), name: "", password }, async () => {}, "setup_code")).rejects.toMatchObject({ code: "forbidden" });
  });

  test("is not made where sign-up is open", async () => expect(await ensureSetupCode(db, "open")).toBeNull());
});

describe("signing in", () => {
  test("knows the right password", async () => {
    const person = await aSignedUp();
    expect(await checkSignIn(aFront(), { email: person.email, password })).toEqual({ personId: person.id });
    expect(await db.select({ kind: accessEvents.kind }).from(accessEvents).where(eq(accessEvents.personId, person.id))).toEqual([{ kind: "sign_in" }]);
  });

  test("answers an unknown account like a wrong password, and both are on record", async () => {
    const [person, unknown] = [await aSignedUp(), anEmail()];
    const wrong = await checkSignIn(aFront(), { email: person.email, password: "wrong" }).catch((error) => error);
    const none = await checkSignIn(aFront(), { email: unknown, password: "wrong" }).catch((error) => error);
    expect(none).toMatchObject({ code: wrong.code, message: wrong.message, field: wrong.field });
    for (const email of [person.email, unknown]) {
      expect((await db.select().from(accessEvents).where(eq(accessEvents.email, email)))[0]).toMatchObject({ kind: "sign_in_failed", outcome: "refused" });
    }
  });

  test("stops after five failures, also for an account that does not exist, and starts again a quarter of an hour later", async () => {
    const front = aFront();
    for (const email of [(await aSignedUp()).email, anEmail()]) {
      const attempt = (now: Date) => checkSignIn({ ...front, now }, { email, password: "wrong" });
      for (let i = 0; i < 5; i++) await expect(attempt(front.now)).rejects.toMatchObject({ code: "unauthenticated" });
      await expect(attempt(front.now)).rejects.toMatchObject({ code: "limit" });
      await expect(attempt(minutes(16))).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });

  test("a stranger's failures do not lock the person out", async () => {
    const [person, stranger] = [await aSignedUp(), aFront()];
    for (let i = 0; i < 8; i++) await checkSignIn(stranger, { email: person.email, password: "wrong" }).catch(() => {});
    await expect(checkSignIn(stranger, { email: person.email, password })).rejects.toMatchObject({ code: "limit" });
    expect(await checkSignIn(aFront(), { email: person.email, password })).toEqual({ personId: person.id });
  });

  test("failures from everywhere stop strangers, but not where the person was signed in lately", async () => {
    const person = await aSignedUp();
    const home = aFront();
    await createSession(db, person.id, home.request, home.now);
    for (let i = 0; i < 20; i++) {
      const front = aFront();
      for (let j = 0; j < 5; j++) await checkSignIn(front, { email: person.email, password: "wrong" }).catch(() => {});
    }
    await expect(checkSignIn(aFront(), { email: person.email, password })).rejects.toMatchObject({ code: "limit" });
    expect(await checkSignIn(home, { email: person.email, password })).toEqual({ personId: person.id });
  });

  test("one network trying many accounts is stopped, and it is recorded once", async () => {
    const front = aFront();
    for (let i = 0; i < 25; i++) await checkSignIn(front, { email: anEmail(), password: "wrong" }).catch(() => {});
    await expect(checkSignIn(front, { email: anEmail(), password: "wrong" })).rejects.toMatchObject({ code: "limit" });
    const noted = await db
      .select()
      .from(accessEvents)
      .where(and(eq(accessEvents.kind, "throttled"), eq(accessEvents.ip, front.request.ip)));
    expect(noted).toHaveLength(1);
  });

  test("right passwords do not use up a network's attempts", async () => {
    const [front, person] = [aFront(), await aSignedUp()];
    for (let i = 0; i < 25; i++) await checkSignIn(front, { email: person.email, password });
  });
});

describe("a link to confirm an address", () => {
  const signedUp = async () => {
    const [email, box] = [anEmail(), aMailbox()];
    const { browserProof } = await signUp(aFront(), { email, name: "", password }, box.deliver);
    return { email, browserProof, token: box.token() };
  };
  const isVerified = async (email: string) => (await db.select().from(people).where(eq(people.email, email)))[0]?.emailVerifiedAt !== null;

  test("works in the browser that signed up, once", async () => {
    const { email, token, browserProof } = await signedUp();
    expect(await confirmLink(aFront(), { token }, { ...nobody, browserProof }, async () => {})).toMatchObject({ email, signIn: true });
    expect(await isVerified(email)).toBe(true);
    await expect(confirmLink(aFront(), { token }, { ...nobody, browserProof }, async () => {})).rejects.toMatchObject({
      message: "this link was already used",
    });
  });

  test("asks for the password in any other browser, so that nobody confirms a stranger's account", async () => {
    const { email, token } = await signedUp();
    for (const wrong of [undefined, "guess"]) {
      await expect(confirmLink(aFront(), { token, password: wrong }, nobody, async () => {})).rejects.toMatchObject({ field: "password" });
    }
    expect(await isVerified(email)).toBe(false);
    await confirmLink(aFront(), { token, password }, nobody, async () => {});
    expect(await isVerified(email)).toBe(true);
  });

  test("ends after a day, changes nothing when opened, and is not of another kind", async () => {
    const { email, token, browserProof } = await signedUp();
    expect((await findLink(db, token, ["verify_email"], minutes(1))).ok).toBe(true);
    expect(await findLink(db, token, ["reset_password"], minutes(1))).toEqual({ ok: false, reason: "unknown" });
    await expect(confirmLink(aFront(minutes(24 * 60 + 1)), { token }, { ...nobody, browserProof }, async () => {})).rejects.toThrow("expired");
    expect(await isVerified(email)).toBe(false);
  });

  test("that does not exist is refused", async () => {
    await expect(confirmLink(aFront(), { token: "ghl_nonsense" }, nobody, async () => {})).rejects.toMatchObject({ code: "not_found" });
  });

  test("used twice at once works once", async () => {
    const { token, browserProof } = await signedUp();
    const both = await Promise.allSettled([1, 2].map(() => confirmLink(aFront(), { token }, { ...nobody, browserProof }, async () => {})));
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("a second sign-up with the same unconfirmed address and another password proves nothing", async () => {
    const { email } = await signedUp();
    const box = aMailbox();
    const eve = await signUp(aFront(), { email, name: "", password: "eve's own long words" }, box.deliver);
    await expect(confirmLink(aFront(), { token: box.token() }, { ...nobody, ...eve }, async () => {})).rejects.toMatchObject({ field: "password" });
    await expect(checkSignIn(aFront(), { email, password: "eve's own long words" })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("can be asked for again, three times in a quarter of an hour", async () => {
    const person = await aSignedUp({ emailVerifiedAt: null });
    const ctx = { ...aFront(), sessionId: null, person: { id: person.id, email: person.email, name: "", emailVerified: false } };
    const box = aMailbox();
    for (let i = 0; i < 3; i++) await resendVerification(ctx, box.deliver);
    await expect(resendVerification(ctx, box.deliver)).rejects.toMatchObject({ code: "limit" });
    expect(box.sent).toHaveLength(3);
    expect(await confirmLink(ctx, { token: box.token() }, { ...nobody, personId: person.id }, async () => {})).toMatchObject({ signIn: false });
  });
});

describe("a forgotten password", () => {
  test("an unknown address gets the same answer and no mail", async () => {
    const [person, box] = [await aSignedUp(), aMailbox()];
    expect(await requestReset(aFront(), { email: anEmail() }, box.deliver)).toEqual(await requestReset(aFront(), { email: person.email }, box.deliver));
    expect(box.sent.map((mail) => mail.to)).toEqual([person.email]);
  });

  test("is replaced by the mailed link, once, and every session ends", async () => {
    const [ctx, box] = [await aPersonContext({ emailVerifiedAt: null }), aMailbox()];
    await requestReset(aFront(), { email: ctx.person.email }, box.deliver);
    await requestReset(aFront(), { email: ctx.person.email }, box.deliver);
    const [first, second] = [box.token(0), box.token(1)];
    await resetPassword(aFront(), { token: second, password: "eight blue bicycles" }, box.deliver);
    expect(await listMySessions(ctx)).toEqual([]);
    expect((await checkSignIn(aFront(), { email: ctx.person.email, password: "eight blue bicycles" })).personId).toBe(ctx.person.id);
    expect((await db.select().from(people).where(eq(people.id, ctx.person.id)))[0]?.emailVerifiedAt).not.toBeNull();
    for (const token of [first, second]) {
      await expect(resetPassword(aFront(), { token, password: "nine red bicycles" }, box.deliver)).rejects.toThrow("already used");
    }
    expect(box.sent.at(-1)?.subject).toBe("Your password was changed");
  });

  test("the link ends after half an hour, and after the address changed", async () => {
    const [ctx, box] = [await aPersonContext(), aMailbox()];
    await requestReset(aFront(), { email: ctx.person.email }, box.deliver);
    const attempt = (now: Date) => resetPassword(aFront(now), { token: box.token(), password: "eight blue bicycles" }, box.deliver);
    await expect(attempt(minutes(31))).rejects.toThrow("expired");
    await db.update(people).set({ email: anEmail() }).where(eq(people.id, ctx.person.id));
    await expect(attempt(minutes(1))).rejects.toThrow("expired");
    expect((await db.select().from(people).where(eq(people.id, ctx.person.id)))[0]?.passwordHash).toBe(passwordHash);
  });

  test("a database dump contains no usable link", async () => {
    const [person, box] = [await aSignedUp(), aMailbox()];
    await requestReset(aFront(), { email: person.email }, box.deliver);
    const rows = await db.select().from(links).where(eq(links.personId, person.id));
    expect(JSON.stringify(rows)).not.toContain(box.token());
    expect(rows[0]?.tokenHash).toBe(hashToken(box.token()));
  });
});

describe("changing the password", () => {
  test("takes the old one and ends the other sessions", async () => {
    const [ctx, box] = [await aPersonContext(), aMailbox()];
    await createSession(db, ctx.person.id, ctx.request, ctx.now);
    await changePassword(ctx, { password, newPassword: "eight blue bicycles" }, box.deliver);
    expect((await listMySessions(ctx)).map((session) => session.isThis)).toEqual([true]);
    expect(box.sent[0]?.to).toBe(ctx.person.email);
  });

  test("a wrong old password is refused, five times at most", async () => {
    const ctx = await aPersonContext();
    const attempt = () => changePassword(ctx, { password: "guess", newPassword: "eight blue bicycles" }, async () => {});
    for (let i = 0; i < 5; i++) await expect(attempt()).rejects.toMatchObject({ code: "invalid", field: "password" });
    await expect(attempt()).rejects.toMatchObject({ code: "limit" });
  });

  test("an easy new one is refused", async () => {
    await expect(changePassword(await aPersonContext(), { password, newPassword: "qwerty123" }, async () => {})).rejects.toMatchObject({
      field: "newPassword",
    });
  });
});

describe("changing the address", () => {
  test("happens when the new mailbox's link is opened by the account's own session, and ends its others", async () => {
    const [ctx, box, email] = [await aPersonContext(), aMailbox(), anEmail()];
    await createSession(db, ctx.person.id, ctx.request, ctx.now);
    await changeEmail(ctx, { email, password }, box.deliver);
    expect(box.sent.map((mail) => mail.to)).toEqual([email, ctx.person.email]);
    const token = box.token(0);
    for (const personId of [null, (await aSignedUp()).id]) {
      await expect(confirmLink(aFront(), { token }, { ...nobody, personId }, box.deliver)).rejects.toMatchObject({ code: "forbidden" });
    }
    await confirmLink(ctx, { token }, { personId: ctx.person.id, sessionId: ctx.sessionId }, box.deliver);
    expect((await db.select().from(people).where(eq(people.id, ctx.person.id)))[0]?.email).toBe(email);
    expect(await listMySessions(ctx)).toHaveLength(1);
    expect(box.sent.at(-1)).toMatchObject({ to: ctx.person.email, subject: "Your address was changed" });
  });

  test("a block of the old address follows the person, and what they may use is computed anew", async () => {
    const [ctx, box, { org }] = [await aPersonContext(), aMailbox(), await anOrg(db)];
    await db.insert(blocks).values({ id: newId("blk"), orgId: org.id, email: ctx.person.email, createdBy: "x" });
    await changeEmail(ctx, { email: anEmail(), password }, box.deliver);
    await confirmLink(ctx, { token: box.token(0) }, { personId: ctx.person.id, sessionId: ctx.sessionId }, box.deliver);
    expect((await db.select().from(blocks).where(eq(blocks.orgId, org.id)))[0]?.personId).toBe(ctx.person.id);
    expect((await db.select().from(organizations).where(eq(organizations.id, org.id)))[0]?.accessVersion).toBe(org.accessVersion + 1);
  });

  test("to somebody else's address answers the same, and only that mailbox learns of it", async () => {
    const [ctx, box, other] = [await aPersonContext(), aMailbox(), await aSignedUp()];
    expect(await changeEmail(ctx, { email: other.email, password }, box.deliver)).toBeUndefined();
    expect(box.sent[0]).toMatchObject({ to: other.email, subject: "This address has an account" });
    expect(box.token(0)).toBe("");
  });

  test("to an address that was taken meanwhile is refused", async () => {
    const [ctx, box, email] = [await aPersonContext(), aMailbox(), anEmail()];
    await changeEmail(ctx, { email, password }, box.deliver);
    await aSignedUp({ email });
    const opened = confirmLink(ctx, { token: box.token(0) }, { personId: ctx.person.id, sessionId: ctx.sessionId }, box.deliver);
    await expect(opened).rejects.toMatchObject({ code: "conflict" });
  });

  test("needs the password", async () => {
    await expect(changeEmail(await aPersonContext(), { email: anEmail(), password: "guess" }, async () => {})).rejects.toMatchObject({ field: "password" });
  });
});

describe("my sessions", () => {
  test("another person's session is not found", async () => {
    const [ana, ben] = [await aPersonContext(), await aPersonContext()];
    await expect(revokeSession(ana, { session: ben.sessionId ?? "" })).rejects.toMatchObject({ code: "not_found" });
    expect(await listMySessions(ben)).toHaveLength(1);
  });

  test("one can be ended, or all others", async () => {
    const ctx = await aPersonContext();
    for (let i = 0; i < 3; i++) await createSession(db, ctx.person.id, ctx.request, ctx.now);
    const other = (await listMySessions(ctx)).find((session) => !session.isThis);
    await revokeSession(ctx, { session: other?.id ?? "" });
    expect(await revokeOtherSessions(ctx)).toBe(2);
    expect((await listMySessions(ctx)).map((session) => session.isThis)).toEqual([true]);
  });
});

describe("deleting the account", () => {
  test("is refused to the last owner, naming the organization", async () => {
    const [ctx, { org }] = [await aPersonContext(), await anOrg(db, { name: "Shared" })];
    const alone = await anOrg(db, { name: "Left Alone" });
    await aMember(db, org.id, ctx.person.id, "owner");
    await db.delete(people).where(eq(people.id, alone.owner.id));
    await aMember(db, alone.org.id, ctx.person.id, "owner");
    await expect(deleteAccount(ctx, { password })).rejects.toMatchObject({ code: "conflict", message: expect.stringMatching(/`Left Alone`(?!.*Shared)/) });
    expect(await db.select().from(people).where(eq(people.id, ctx.person.id))).toHaveLength(1);
  });

  test("needs the password", async () => {
    await expect(deleteAccount(await aPersonContext(), { password: "guess" })).rejects.toMatchObject({ field: "password" });
  });

  test("takes sessions and grants with it; what is on record stays without the address", async () => {
    const [ctx, { org }] = [await aPersonContext(), await anOrg(db)];
    await aMember(db, org.id, ctx.person.id, "admin");
    const portal = await aPortal(db, org.id);
    await aGrant(db, portal, ctx.person.id, "http://localhost:3000/mcp/a/b");
    const call = { id: newId("cal"), orgId: org.id, startedAt: new Date(), instanceId: "i", personId: ctx.person.id, personEmail: ctx.person.email };
    await db.insert(calls).values({ ...call, clientName: "c", portalName: "p", method: "ping", protocolVersion: "x", decision: "allowed", outcome: "ok" });
    await db.insert(auditEvents).values({
      id: newId("aud"),
      orgId: org.id,
      actorId: ctx.person.id,
      actorEmail: ctx.person.email,
      action: "a.b",
      targetKind: "server",
      targetId: "x",
      targetName: "x",
    });
    await checkSignIn(ctx, { email: ctx.person.email, password });
    await deleteAccount(ctx, { password });
    expect(await db.select().from(sessions).where(eq(sessions.personId, ctx.person.id))).toEqual([]);
    expect(await db.select().from(grants).where(eq(grants.personId, ctx.person.id))).toEqual([]);
    const left = [
      await db.select().from(calls).where(eq(calls.personId, ctx.person.id)),
      await db.select().from(auditEvents).where(eq(auditEvents.actorId, ctx.person.id)),
      await db.select().from(accessEvents).where(eq(accessEvents.personId, ctx.person.id)),
    ];
    expect(left.map((rows) => rows.length)).toEqual([1, 1, 2]);
    expect(JSON.stringify(left)).not.toContain(ctx.person.email);
    expect(left[0]?.[0]).toMatchObject({ personEmail: expect.stringMatching(/^deleted-/) });
  });
});

test("an unused link goes with the person", async () => {
  const person = await aSignedUp();
  await createLink(db, { kind: "reset_password", personId: person.id, email: person.email }, new Date());
  await db.delete(people).where(eq(people.id, person.id));
  expect(await db.select().from(links).where(eq(links.personId, person.id))).toEqual([]);
});

test("nobody signs up with a guessed setup code", async () => {
  await db
    .insert(installation)
    .values({ key: "setup_code_hash", value: hashToken(newToken("setup")) })
    .onConflictDoNothing();
  await expect(signUp(aFront(), { email: anEmail(), name: "", password, setupCode: "guess" }, async () => {}, "setup_code")).rejects.toMatchObject({
    code: "forbidden",
  });
});
