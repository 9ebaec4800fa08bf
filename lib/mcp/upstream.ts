import { limits } from "@/lib/limits";
import { breakerKey, breakers, type Health } from "./upstream/breaker";
import { Deadline } from "./upstream/deadline";
import { failure, isServerFault } from "./upstream/failures";
import { inConversation } from "./upstream/kept";
import { sendModern } from "./upstream/modern";
import { openOldSse } from "./upstream/old-sse";
import { openStreamable } from "./upstream/streamable";
import { inItsEra } from "./upstream/verdict";
import type { UpstreamFailure, UpstreamReply, UpstreamRequest, UpstreamTarget } from "./upstream-types";

export { type BreakerState, breakerState, failingServers, resetBreaker } from "./upstream/breaker";
export { challengeOf, isSubscriptionRefused } from "./upstream/failures";
export { type InspectOptions, inspectUpstream } from "./upstream/inspect";
export { endConversations, endParty, tellParty } from "./upstream/kept";
export { listenUpstream } from "./upstream/listen";

/**
 * One request to one upstream, in its era; the result is what it sent, untouched. Throws `UpstreamFailure`, whose `delivered`
 * is false only when this request certainly was not carried out.
 */
export function sendUpstream(target: UpstreamTarget, request: UpstreamRequest): Promise<UpstreamReply> {
  const leave = breakers().enter(breakerKey(target.orgId, target.serverId));
  if (!leave) return Promise.reject(failure("unavailable", false));
  const deadline = new Deadline(target.callTimeoutMs, Math.max(target.callTimeoutMs, limits.callAbsoluteMs), request.signal);
  let delivered = false;
  let told = false;
  const onRefused = () => {
    delivered = false;
  };
  const onDelivered = () => {
    delivered = true;
    if (!told) request.onDelivered?.();
    told = true;
  };
  const { method, params, party, peer, progress, signal, passage } = request;
  return carry(target, { method, params, party, peer, progress, signal, passage, onDelivered }, deadline, onRefused).then(
    (reply) => {
      deadline.end();
      leave("well");
      return reply;
    },
    (error: unknown) => {
      const failed = deadline.explain(error);
      deadline.end();
      leave(deadline.isClientLate ? "nothing" : healthOf(failed));
      throw failed.delivered === delivered ? failed : failure(failed.cause_, delivered, failed.person, failed.cause);
    },
  );
}

/** Everything in it ends with the deadline. */
function carry(target: UpstreamTarget, request: UpstreamRequest, deadline: Deadline, onRefused: () => void): Promise<UpstreamReply> {
  const send = (known: UpstreamTarget) => {
    if (known.era === "modern") return sendModern(known, request, deadline);
    if (known.transport === "sse") return deadline.race(inConversation(known, request, deadline, () => openOldSse(known, request.party), onRefused));
    return inConversation(known, request, deadline, () => openStreamable(known, request.party), onRefused);
  };
  return inItsEra(target, send, onRefused, deadline);
}

function healthOf(failed: UpstreamFailure): Health {
  // What the client cancelled, and what we refused to send, says nothing about the server.
  if (failed.cause_ === "cancelled" || failed.cause_ === "blocked") return "nothing";
  return isServerFault(failed) ? "unwell" : "well";
}
