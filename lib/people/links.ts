import { and, eq, isNull } from "drizzle-orm";
import { links } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { AppError } from "@/lib/errors";
import { hashToken, newId, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";

export type LinkKind = "verify_email" | "reset_password" | "change_email";
export type Link = { id: string; kind: LinkKind; personId: string; email: string };
export type LinkProblem = "unknown" | "used" | "expired";
export type FoundLink = { ok: true; link: Link } | { ok: false; reason: LinkProblem };

/** A link to mail to `email`: only its hash is kept. Opening it does nothing; a form on the page uses it up. */
export async function createLink(tx: Database, link: Omit<Link, "id">, now: Date): Promise<{ id: string; token: string }> {
  const id = newId("lnk", now.getTime());
  const token = newToken("ghl");
  const seconds = link.kind === "reset_password" ? limits.linkSeconds : limits.verifyLinkSeconds;
  await tx.insert(links).values({ id, ...link, tokenHash: hashToken(token), createdAt: now, expiresAt: new Date(now.getTime() + seconds * 1_000) });
  return { id, token };
}

/** What a link is for, or why it no longer works. A link of another kind is unknown. */
export async function findLink(db: Database, token: string, kinds: LinkKind[], now: Date): Promise<FoundLink> {
  const [row] = await db
    .select({ id: links.id, kind: links.kind, personId: links.personId, email: links.email, expiresAt: links.expiresAt, usedAt: links.usedAt })
    .from(links)
    .where(eq(links.tokenHash, hashToken(token)))
    .limit(1);
  const kind = kinds.find((one) => one === row?.kind);
  if (!row || !kind) return { ok: false, reason: "unknown" };
  if (row.usedAt) return { ok: false, reason: "used" };
  if (row.expiresAt <= now) return { ok: false, reason: "expired" };
  return { ok: true, link: { id: row.id, kind, personId: row.personId, email: row.email } };
}

export async function requireLink(db: Database, token: string, kinds: LinkKind[], now: Date): Promise<Link> {
  const found = await findLink(db, token, kinds, now);
  if (!found.ok) throw new AppError("not_found", linkProblemText[found.reason]);
  return found.link;
}

/** Uses the link up, and with it every other of its kind for this person. Of two requests at once, one gets it and the other is refused. */
export async function spendLink(tx: Database, link: Link, now: Date): Promise<void> {
  const unused = isNull(links.usedAt);
  const spent = await tx
    .update(links)
    .set({ usedAt: now })
    .where(and(eq(links.id, link.id), unused))
    .returning({ id: links.id });
  if (spent.length === 0) throw new AppError("not_found", linkProblemText.used);
  await tx
    .update(links)
    .set({ usedAt: now })
    .where(and(eq(links.personId, link.personId), eq(links.kind, link.kind), unused));
}

export const linkProblemText: Record<LinkProblem, string> = {
  unknown: "this link does not exist; check that it is complete",
  used: "this link was already used",
  expired: "this link has expired; ask for a new one",
};
