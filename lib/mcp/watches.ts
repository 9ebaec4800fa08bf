import { type Caller, placeOf } from "@/lib/gateway/ports";
import { routeCall } from "@/lib/gateway/route";
import { groupBy } from "@/lib/group-by";
import type { Entry } from "@/lib/gateway/catalogue";
import { takesSubscriptions } from "./handshake";
import type { ServePorts } from "./serve-ports";
import { isMissing } from "./upstream-types";

/** How long a client waits for its servers to take a subscription; a slow one still gets it, a little later. */
const readyMs = 2_000;

/** A resource under the name that clients know, with what serves it. */
export type Watched = { exposed: string; original: string; entry: Entry };

/** The resource that a URI names for this person, listed or through a template; null when there is none whose server takes subscriptions. */
export async function watchable(ports: ServePorts, caller: Caller, uri: string): Promise<Watched | null> {
  const route = routeCall(caller.catalogue, "resources/read", { uri });
  if (route.kind !== "found" || !takesSubscriptions(route.entry.server)) return null;
  const original = String(route.params.uri);
  if (route.viaTemplate && (await ports.isHiddenResource(caller.view, route.entry.server.id, original))) return null;
  return { exposed: uri, original, entry: route.entry };
}

/**
 * Listens for updates of resources, on one conversation for each server, until the signal aborts. `party` names the listener, so
 * no two share a conversation. Rejects when a server refuses; one that does not answer in time is not waited for.
 */
export async function watchResources(
  ports: ServePorts,
  caller: Caller,
  party: string,
  watched: readonly Watched[],
  onUpdate: (exposed: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const byServer = groupBy(watched, ({ entry }) => entry.server.id);
  const readies = [...byServer].map(async ([serverId, resources]) => {
    const server = resources[0]?.entry.server;
    const place = server && placeOf(caller, server);
    const target = place && (await ports.target(place));
    if (!target || isMissing(target) || signal.aborted) return;
    const names = new Map(resources.map(({ original, exposed }) => [original, exposed]));
    const { ready } = ports.listen(target, {
      party: { key: `${party} ${serverId}`, capabilities: {}, logLevel: null },
      lists: false,
      resources: [...names.keys()],
      on({ method, params }) {
        const exposed = method === "notifications/resources/updated" && typeof params.uri === "string" ? names.get(params.uri) : undefined;
        if (exposed !== undefined) onUpdate(exposed);
      },
      signal,
    });
    await ready;
  });
  await withinTime(Promise.all(readies));
}

export async function withinTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, readyMs);
  });
  // A refusal after the time is nobody's any more.
  work.catch(() => {});
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
