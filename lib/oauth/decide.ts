import { and, eq, isNull } from "drizzle-orm";
import { authorizations, codes, grants } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { PersonContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { hashToken, newId, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { logStep } from "@/lib/report";
import { printable, withReference } from "./answer";
import { knownClient, touchClient } from "./clients";
import { accessFacts, admit, type ConsentVisit, findWaiting, type Waiting } from "./consent";
import { isConsentToken } from "./consent-token";
import { withParameters } from "./redirect-uri";
import { issuer } from "./urls";

export type ConsentForm = ConsentVisit & { csrf: string; decision: string };

/** `redirect` goes to the client, `page` back to the consent page, which then says what is wrong. */
export type DecideOutcome = { kind: "redirect"; location: string } | { kind: "page" } | { kind: "forged"; reference: string };

/** The person's answer. Everything is looked at again: minutes may have passed since the page was shown. */
export async function decideConsent(db: Database, form: ConsentForm, now: Date): Promise<DecideOutcome> {
  const waiting = await findWaiting(db, form, now);
  if ("gone" in waiting || !form.person) return { kind: "page" };
  if (!isConsentToken(form.csrf, waiting.id, form.person)) return forged(waiting.correlationId);
  const admission = await admit(db, waiting, form.person.person.id);
  if (!admission) return { kind: "page" };
  const portalName = admission.view.portal.name;
  if (form.decision !== "allow") return deny(db, waiting, portalName, form.person, now);
  if (!admission.access.allowed) return { kind: "page" };
  return allow(db, waiting, portalName, form.person, now);
}

function forged(reference: string): DecideOutcome {
  logStep(reference, "consent", "refused", { reason: "forged" });
  return { kind: "forged", reference };
}

async function deny(db: Database, waiting: Waiting, portalName: string, person: PersonContext, now: Date): Promise<DecideOutcome> {
  const taken = await db.transaction(async (tx) => {
    if (!(await takeOnce(tx, waiting.id, now))) return false;
    await recordAccess(tx, now, { ...accessFacts(waiting, portalName, person), kind: "consent_denied", outcome: "refused", reason: "person" });
    return true;
  });
  if (!taken) return { kind: "page" };
  logStep(waiting.correlationId, "consent", "refused", { reason: "person" });
  const said = printable(withReference("the person did not allow it", waiting.correlationId));
  return { kind: "redirect", location: respond(waiting, { error: "access_denied", error_description: said }) };
}

async function allow(db: Database, waiting: Waiting, portalName: string, person: PersonContext, now: Date): Promise<DecideOutcome> {
  const client = await knownClient(db, waiting.clientId, now);
  if (!client) return { kind: "page" };
  const code = newToken("ghc");
  const expiresAt = new Date(now.getTime() + limits.codeSeconds * 1_000);
  const taken = await db.transaction(async (tx) => {
    if (!(await takeOnce(tx, waiting.id, now))) return false;
    const grantId = newId("gnt", now.getTime());
    // The grant lives as long as its code; redeeming the code extends it. An abandoned one thus ends by itself.
    await tx.insert(grants).values({
      id: grantId,
      orgId: waiting.orgId,
      portalId: waiting.portalId,
      personId: person.person.id,
      clientId: waiting.clientId,
      scope: waiting.scope,
      resource: waiting.resource,
      redirectUri: waiting.redirectUri,
      correlationId: waiting.correlationId,
      isDoctor: waiting.isDoctor,
      createdAt: now,
      expiresAt,
    });
    await tx.insert(codes).values({
      codeHash: hashToken(code),
      grantId,
      clientId: waiting.clientId,
      redirectUri: waiting.redirectUri,
      codeChallenge: waiting.codeChallenge,
      createdAt: now,
      expiresAt,
    });
    await touchClient(tx, client, now);
    await recordAccess(tx, now, { ...accessFacts(waiting, portalName, person), kind: "consent", outcome: "ok", detail: { grantId } });
    return true;
  });
  if (!taken) return { kind: "page" };
  logStep(waiting.correlationId, "consent", "ok");
  return { kind: "redirect", location: respond(waiting, { code }) };
}

/** Claims the request; of two clicks at once only one succeeds. */
async function takeOnce(tx: Database, authorizationId: string, now: Date): Promise<boolean> {
  const taken = await tx
    .update(authorizations)
    .set({ usedAt: now })
    .where(and(eq(authorizations.id, authorizationId), isNull(authorizations.usedAt)))
    .returning({ id: authorizations.id });
  return taken.length === 1;
}

function respond(waiting: Waiting, parameters: Record<string, string>): string {
  return withParameters(waiting.redirectUri, { ...parameters, state: waiting.state ?? undefined, iss: issuer() });
}
