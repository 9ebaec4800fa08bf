import type { CallRow } from "@/lib/activity/call-log";
import { clip } from "@/lib/errors";
import { newId } from "@/lib/ids";
import type { Caller } from "./ports";
import type { Requested } from "./route";

/** What every row of this caller has in common; the rest says what was decided and what became of it. */
export function callRow(
  caller: Caller,
  request: { method: string; version: string; bytes: number; startedAt: Date },
  instanceId: string,
  more: Partial<CallRow> & Pick<CallRow, "decision" | "outcome">,
): CallRow {
  return {
    id: newId("cal", request.startedAt.getTime()),
    orgId: caller.view.org.id,
    startedAt: request.startedAt,
    instanceId,
    personId: caller.id,
    personEmail: caller.email,
    grantId: caller.grantId,
    clientId: caller.clientId,
    clientName: caller.clientName,
    portalId: caller.view.portal.id,
    portalName: caller.view.portal.name,
    method: clip(request.method, 128),
    protocolVersion: request.version,
    requestBytes: request.bytes,
    ip: caller.ip,
    decidedBy: caller.access.by,
    policyId: caller.access.policyId,
    policyName: caller.access.policyName,
    ...more,
  };
}

export const requestedColumns = (requested: Requested) => ({ capabilityKind: requested.kind, requestedName: clip(requested.name, 512) });
