import { eq } from "drizzle-orm";
import { invitations, organizations } from "@/drizzle/schema";
import type { Role } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";

export type OpenInvitation = { id: string; orgId: string; orgSlug: string; orgName: string; email: string; role: Role; invitedBy: string; expiresAt: Date };
export type InvitationProblem = "expired" | "used" | "revoked" | "unknown";
export type FoundInvitation = { ok: true; invitation: OpenInvitation } | { ok: false; reason: InvitationProblem };

/** The invitation behind a link's token: who is invited where, or why the link no longer works. */
export async function findInvitation(db: Database, token: string, now: Date): Promise<FoundInvitation> {
  const [found] = await db
    .select({
      id: invitations.id,
      orgId: organizations.id,
      orgSlug: organizations.slug,
      orgName: organizations.name,
      email: invitations.email,
      role: invitations.role,
      invitedBy: invitations.invitedBy,
      expiresAt: invitations.expiresAt,
      acceptedAt: invitations.acceptedAt,
      revokedAt: invitations.revokedAt,
    })
    .from(invitations)
    .innerJoin(organizations, eq(organizations.id, invitations.orgId))
    .where(eq(invitations.tokenHash, hashToken(token)))
    .limit(1);
  if (!found) return { ok: false, reason: "unknown" };
  const { acceptedAt, revokedAt, ...invitation } = found;
  const reason = invitationProblem({ acceptedAt, revokedAt, expiresAt: found.expiresAt }, now);
  return reason ? { ok: false, reason } : { ok: true, invitation };
}

export function invitationProblem(row: { acceptedAt: Date | null; revokedAt: Date | null; expiresAt: Date }, now: Date): InvitationProblem | null {
  if (row.acceptedAt) return "used";
  if (row.revokedAt) return "revoked";
  return row.expiresAt <= now ? "expired" : null;
}

export const invitationProblemText: Record<InvitationProblem, string> = {
  expired: "this invitation has expired; ask for a new one",
  used: "this invitation was already used",
  revoked: "this invitation was withdrawn; ask for a new one",
  unknown: "this invitation does not exist; check that the link is complete",
};
