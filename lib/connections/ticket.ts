import { z } from "zod";
import { seal, unseal } from "@/lib/crypto/seal";
import { env } from "@/lib/env";

/** Where a link of ours leads, and for whom it was made. */
export type TicketPlace = { orgId: string; portalId: string; serverId: string };

const lifeMs = 3_600_000;
const placeOf = ({ orgId, portalId, serverId }: TicketPlace) => ({ purpose: "connect-ticket", orgId, rowId: `${portalId} ${serverId}` });

/** The full link to connect an account. Whoever opens it signs in as usual; the ticket only says whom it is meant for (ME-17, UP-14). */
export function connectLink(portal: { orgId: string; orgSlug: string; portalId: string; portalSlug: string }, serverId: string, personId: string, now: Date) {
  const ticket = seal(JSON.stringify({ personId, until: now.getTime() + lifeMs }), placeOf({ ...portal, serverId }));
  const query = new URLSearchParams({ server: serverId, for: ticket });
  return `${env().publicUrl}/connect/${encodeURIComponent(portal.orgSlug)}/${encodeURIComponent(portal.portalSlug)}?${query}`;
}

/** Whether a link was made for this person: `theirs` is somebody else's, `invalid` none of ours, or too old. */
export function readTicket(place: TicketPlace, ticket: string, personId: string, now: Date): "yours" | "theirs" | "invalid" {
  if (ticket.length > 1_000) return "invalid";
  try {
    const read = shape.parse(JSON.parse(unseal(ticket, placeOf(place))));
    if (read.until < now.getTime()) return "invalid";
    return read.personId === personId ? "yours" : "theirs";
  } catch {
    return "invalid";
  }
}

const shape = z.object({ personId: z.string(), until: z.number() });
