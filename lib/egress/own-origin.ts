import { env } from "@/lib/env";
import { singleton } from "@/lib/singleton";
import { portOf } from "./destination";
import { EgressError } from "./errors";
import { type Egress, makeEgress } from "./request";

/**
 * The way to our own front door, for whoever checks what clients find there. Where PUBLIC_URL leads is the operator's word, so its host
 * and port count as listed, behind whatever name or private address; no other origin can be asked through it.
 */
export const ownOrigin: Egress = (url, options) => {
  const { origin, hostname, protocol, port } = new URL(env().publicUrl);
  if (URL.parse(String(url))?.origin !== origin) return Promise.reject(new EgressError("blocked", false, "not our own origin"));
  return singleton("own-origin", () => makeEgress({ allow: [`${hostname}:${portOf(protocol, port)}`] }))(url, options);
};

/** What the internet can reach, whatever the operator has listed. */
export const fromOutside: Egress = (url, options) => singleton("from-outside", () => makeEgress({ allow: [] }))(url, options);
