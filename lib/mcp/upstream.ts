import { type Detected, detect } from "./upstream/detect";
import { failure, toFailure } from "./upstream/failures";
import { closeSession, sendLegacy } from "./upstream/legacy";
import { sendModern } from "./upstream/modern";
import { sendOldSse } from "./upstream/old-sse";
import { detections, keep } from "./upstream/state";
import type { UpstreamReply, UpstreamRequest, UpstreamTarget } from "./upstream-types";

export { type InspectOptions, inspectUpstream } from "./upstream/inspect";

/**
 * One request to one upstream, in its era; the result is what it sent, untouched. Throws `UpstreamFailure`, whose `delivered`
 * is false only when this request certainly was not carried out.
 */
export async function sendUpstream(target: UpstreamTarget, request: UpstreamRequest): Promise<UpstreamReply> {
  let delivered = false;
  let told = false;
  const tracked: UpstreamRequest = {
    ...request,
    onDelivered: () => {
      delivered = true;
      if (!told) request.onDelivered?.();
      told = true;
    },
  };
  try {
    const known = target.era ? target : await knowing(target);
    if (known.era === "modern") return await sendModern(known, tracked, known.callTimeoutMs);
    if (known.transport === "sse") return await sendOldSse(known, tracked);
    return await sendLegacy(known, tracked, () => {
      delivered = false;
    });
  } catch (error) {
    const failed = toFailure(error);
    throw failed.delivered === delivered ? failed : failure(failed.cause_, delivered, failed.person, failed.cause);
  }
}

/** A server nobody has probed yet is probed by its first call; the rest wait for that. */
async function knowing(target: UpstreamTarget): Promise<UpstreamTarget> {
  const all = detections();
  const key = `${target.orgId} ${target.serverId} ${target.url}`;
  let found = all.get(key);
  if (!found) {
    found = detect(target).then((detected) => finished(target, detected));
    keep(all, key, found);
    found.catch(() => all.delete(key));
  }
  const { transport, era, about } = await found;
  return { ...target, transport, era, protocolVersion: about.protocolVersion };
}

function finished(target: UpstreamTarget, detected: Detected): Detected {
  if (detected.era === "legacy" && detected.transport === "streamable_http") void closeSession(target, detected.session);
  return detected;
}
