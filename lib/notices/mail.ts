import { and, asc, eq, inArray, isNotNull } from "drizzle-orm";
import { members, people } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { env } from "@/lib/env";
import { limits } from "@/lib/limits";
import { type Mail, sendMail } from "@/lib/mail/send";
import { type Batch, keepReached, type Outcome } from "./batches";
import { linesOf, lineText } from "./lines";

type Send = (mail: Mail) => Promise<unknown>;

/** Sends a batch to each owner and admin whose address is confirmed. Each gets it once, however often it is tried. */
export async function mailBatch(db: Database, batch: Batch, clock: () => Date, send: Send = sendMail): Promise<{ batch: Batch; outcome: Outcome }> {
  const everybody = await recipientsOf(db, batch.org.id);
  if (everybody.length === 0) return { batch, outcome: { ok: false, error: "no owner or admin has a confirmed address" } };
  const message = messageOf(batch);
  const refused: string[] = [];
  let later: string | null = null;
  let current = batch;
  for (const { personId, email } of everybody.filter((person) => !batch.reached.includes(person.personId))) {
    try {
      await send({ ...message, to: email, id: `${batch.id}.${personId}` });
      current = await keepReached(db, current, [...current.reached, personId], clock());
    } catch (error) {
      // One mailbox that is gone, for good or for now, must not keep the others waiting; a server that is silent is the same for all.
      if (isForGood(error)) refused.push(email);
      else later = failureWords(error);
      if (later && numberIn(error, "responseCode") === 0) break;
    }
  }
  return { batch: current, outcome: outcomeOf(current, refused, later) };
}

function outcomeOf({ reached }: Batch, refused: string[], later: string | null): Outcome {
  if (later) return { ok: false, error: later };
  const note = refused.length > 0 ? `the mail server refuses ${refused.join(", ")}` : undefined;
  return note && reached.length === 0 ? { ok: false, error: note } : { ok: true, note };
}

/** The owners and admins who can be written to. */
export function recipientsOf(db: Database, orgId: string): Promise<{ personId: string; email: string }[]> {
  return db
    .select({ personId: people.id, email: people.email })
    .from(members)
    .innerJoin(people, eq(people.id, members.personId))
    .where(and(eq(members.orgId, orgId), inArray(members.role, ["owner", "admin"]), isNotNull(people.emailVerifiedAt)))
    .orderBy(asc(people.email), asc(people.id))
    .limit(limits.noticeRecipientsMax);
}

function messageOf({ org, notices }: Batch): Omit<Mail, "to"> {
  const lines = linesOf(org.slug, notices);
  const [only] = lines;
  const settings = `${env().publicUrl}/admin/${org.slug}/settings/notices`;
  return {
    subject: lines.length === 1 && only ? `${org.name}: ${only.title}` : `${org.name}: ${lines.length} notices about servers`,
    text: `${lines.map(lineText).join("\n\n")}\n\nYou get this as an owner or admin of ${org.name}. More, and how to switch it off: ${settings}`,
  };
}

const isForGood = (error: unknown) => numberIn(error, "responseCode") >= 500 && textIn(error, "command") === "RCPT TO";

/** In our words: a mail server's own may hold anything. */
function failureWords(error: unknown): string {
  const code = numberIn(error, "responseCode");
  if (code > 0) return `the mail server answered ${code}`;
  return textIn(error, "code") === "EAUTH" ? "the mail server refused our sign-in" : "the mail server does not answer";
}

const memberOf = (error: unknown, name: string): unknown => (error instanceof Error ? Object.entries(error).find(([key]) => key === name)?.[1] : undefined);
const numberIn = (error: unknown, name: string) => Number(memberOf(error, name) ?? 0);
const textIn = (error: unknown, name: string) => String(memberOf(error, name) ?? "");
