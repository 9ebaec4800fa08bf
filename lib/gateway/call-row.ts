import type { CallRow } from "@/lib/activity/call-log";
import { clip } from "@/lib/errors";
import { newId } from "@/lib/ids";
import type { Caller } from "./ports";
import type { Requested } from "./route";

/** A row of this caller's. Every column is named here: objects that are put together from others cost a hundred times as much. */
export function callRow(
  caller: Caller,
  request: { method: string; version: string; bytes: number; startedAt: Date },
  instanceId: string,
  place: CallPlace,
  more: Decided,
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
    decision: more.decision,
    decidedBy: more.decidedBy === undefined ? caller.access.by : more.decidedBy,
    policyId: more.policyId === undefined ? caller.access.policyId : more.policyId,
    policyName: more.policyName === undefined ? caller.access.policyName : more.policyName,
    serverId: place.serverId,
    serverName: place.serverName,
    capabilityKind: place.capabilityKind,
    capabilityName: place.capabilityName,
    requestedName: place.requestedName,
    outcome: more.outcome,
    errorCode: more.errorCode,
    errorMessage: more.errorMessage,
    responseBytes: more.responseBytes,
    durationMs: more.durationMs,
    endedAt: more.endedAt,
  };
}

/** What a call was for, as far as that is known. */
export type CallPlace = Pick<CallRow, "serverId" | "serverName" | "capabilityKind" | "capabilityName" | "requestedName">;

export const nowhere: CallPlace = {};

export const placeOfRequest = ({ kind, name }: Requested, found?: Pick<CallPlace, "serverId" | "serverName" | "capabilityName">): CallPlace => ({
  capabilityKind: kind,
  requestedName: clip(name, 512),
  serverId: found?.serverId,
  serverName: found?.serverName,
  capabilityName: found?.capabilityName,
});

type Decided = Pick<CallRow, "decision" | "outcome"> &
  Partial<Pick<CallRow, "decidedBy" | "policyId" | "policyName" | "errorCode" | "errorMessage" | "responseBytes" | "durationMs" | "endedAt">>;
