import "server-only";
import { and, eq } from "drizzle-orm";
import { cookies, headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { members, organizations } from "@/drizzle/schema";
import { database } from "@/lib/db";
import type { Database } from "@/lib/db/types";
import { clip } from "@/lib/errors";
import { clientAddress } from "./client-address";
import type { FrontContext, OrgContext, PersonContext } from "./context";
import { openSid, sessionCookie } from "./cookie";
import { pathHeader } from "./page-path";
import { safeReturnTo } from "./return-to";
import { hasRight } from "./roles";
import { findSession } from "./session";

/** What is known of a request before anybody signed in. */
export async function frontContext(): Promise<FrontContext> {
  const [db, sent] = await Promise.all([database(), headers()]);
  const userAgent = clip((sent.get("user-agent") ?? "").replaceAll("\0", ""), 400);
  return { db, request: { ip: clientAddress(sent), userAgent }, now: new Date() };
}

/** The signed-in person of this request, or null. Cached for the request. */
export const currentPerson = cache(async (): Promise<PersonContext | null> => {
  const sid = await openSid((await cookies()).get(sessionCookie().name)?.value);
  if (!sid) return null;
  const front = await frontContext();
  const session = await findSession(front.db, sid, front.now);
  return session && { ...front, person: session.person, sessionId: session.id };
});

/** The signed-in person; otherwise sends to `/sign-in?next=…`. */
export async function personContext(): Promise<PersonContext> {
  const person = await currentPerson();
  if (person) return person;
  const here = safeReturnTo((await headers()).get(pathHeader), "/");
  redirect(here === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(here)}`);
}

/**
 * The organization by slug for its signed-in member who may read its pages; `notFound()` for everybody else (TN-02), so a stranger cannot
 * tell it from one that does not exist. Every admin page and action starts here.
 */
export async function orgContext(slug: string): Promise<OrgContext> {
  const ctx = await memberContext(slug);
  if (!hasRight(ctx.actor.role, "org.read")) notFound();
  return ctx;
}

/** The same for every member, plain ones too: to see that the organization exists, and to leave it. */
export async function memberContext(slug: string): Promise<OrgContext> {
  const person = await personContext();
  return (await findMembership(person.db, person.person.id, slug, person)) ?? notFound();
}

const findMembership = cache(async (db: Database, personId: string, slug: string, person: PersonContext): Promise<OrgContext | null> => {
  const [found] = await db
    .select({ id: organizations.id, slug: organizations.slug, name: organizations.name, role: members.role })
    .from(members)
    .innerJoin(organizations, eq(organizations.id, members.orgId))
    .where(and(eq(members.personId, personId), eq(organizations.slug, slug.replaceAll("\0", ""))))
    .limit(1);
  if (!found) return null;
  const { role, ...org } = found;
  return { db, org, actor: { personId, email: person.person.email, role }, now: person.now };
});
