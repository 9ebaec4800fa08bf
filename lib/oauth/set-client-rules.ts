import { and, eq, inArray } from "drizzle-orm";
import { clientRules, organizations } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { AppError, clip, invalid, notFound } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { lockOrganization } from "@/lib/orgs/lock";
import { byKind, storedRules } from "./client-rules";
import { type ClientRule, isPrefix } from "./listed";
import { redirectUriProblem } from "./redirect-uri";
import type { SetClientRules } from "./schema";
import { nativeRedirects } from "./settings";

const linesMax = 200;

/** Which apps may be connected to the organization's portals. The list is kept while any may, so it can be prepared. */
export async function setClientRules(ctx: OrgContext, input: SetClientRules): Promise<void> {
  requireRight(ctx, "org.manage");
  const after = readRules(input);
  if (input.clients === "listed" && after.length === 0) throw new AppError("invalid", "list at least one app, or nobody can connect");
  await ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "org.manage");
    const [organization] = await tx.select({ clients: organizations.clients }).from(organizations).where(eq(organizations.id, ctx.org.id));
    if (!organization) throw notFound("organization", ctx.org.slug);
    const before = await storedRules(tx, ctx.org.id);
    const [gone, come] = [without(before, after), without(after, before)];
    if (organization.clients === input.clients && gone.length === 0 && come.length === 0) return;
    await tx.update(organizations).set({ clients: input.clients }).where(eq(organizations.id, ctx.org.id));
    for (const kind of kinds) {
      const values = gone.filter((rule) => rule.kind === kind).map((rule) => rule.value);
      const theirs = and(eq(clientRules.orgId, ctx.org.id), eq(clientRules.kind, kind), inArray(clientRules.value, values));
      if (values.length > 0) await tx.delete(clientRules).where(theirs);
    }
    const rows = come.map((rule) => ({ id: newId("clr", ctx.now.getTime()), orgId: ctx.org.id, ...rule, createdAt: ctx.now }));
    if (rows.length > 0) await tx.insert(clientRules).values(rows);
    await recordAudit(tx, ctx, {
      action: "organization.clients_changed",
      target: { kind: "organization", id: ctx.org.id, name: ctx.org.name },
      before: { clients: organization.clients, ...byKind(before) },
      after: { clients: input.clients, ...byKind(after) },
    });
  });
}

const kinds = ["vendor", "redirect", "client_id"] as const;

function readRules({ vendor, redirects, clientIds }: SetClientRules): ClientRule[] {
  const [uris, ids] = [lines("redirects", redirects), lines("clientIds", clientIds)];
  const native = nativeRedirects();
  for (const uri of uris) {
    const problem = redirectUriProblem(uri, native) ?? ruleProblem(uri);
    if (problem) throw invalid("redirects", `\`${clip(uri, 120)}\` ${problem}`);
  }
  for (const id of ids) if (!/^[\x21-\x7e]{1,2000}$/.test(id)) throw invalid("clientIds", `\`${clip(id, 120)}\` is not a client id`);
  return [
    ...[...new Set(vendor)].map((value): ClientRule => ({ kind: "vendor", value })),
    ...uris.map((value): ClientRule => ({ kind: "redirect", value })),
    ...ids.map((value): ClientRule => ({ kind: "client_id", value })),
  ];
}

// Addresses are compared as text, so one that a browser would write otherwise never fits.
function ruleProblem(uri: string): string | null {
  if (!uri.startsWith("https://")) return null;
  const parsed = URL.parse(uri);
  if (!parsed || !`${uri}/`.startsWith(`${parsed.origin}/`)) return "must have its host in lower case and no port that goes without saying";
  if (isPrefix(uri) && uri.includes("?")) return "has a query, so it cannot stand for everything below it";
  return parsed.href === uri || parsed.href === `${uri}/` ? null : "is written in a way that browsers change";
}

function lines(field: string, text: string): string[] {
  const found = [...new Set(text.split(/[\s,]+/).filter(Boolean))];
  if (found.length > linesMax) throw invalid(field, `has more than ${linesMax} entries`);
  return found;
}

const without = (rules: readonly ClientRule[], others: readonly ClientRule[]) =>
  rules.filter((rule) => !others.some((other) => other.kind === rule.kind && other.value === rule.value));
