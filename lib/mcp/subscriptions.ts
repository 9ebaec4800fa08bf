import type { Caller } from "@/lib/gateway/ports";
import { limits } from "@/lib/limits";
import { type Answer, failed, ok } from "./answers";
import { messageText, rpc } from "./frame";
import { noted } from "./noted";
import type { LegacyRequest } from "./incoming";
import type { ServePorts } from "./serve-ports";
import type { LiveSession } from "./sessions/live-session";
import { isSubscriptionRefused } from "./upstream/failures";
import { type Watched, watchable, watchResources } from "./watches";

/** `resources/subscribe` (2025 eras): kept with the session, so it outlives this process. */
export async function subscribe(request: LegacyRequest): Promise<Answer> {
  const { ports, caller, session, message } = request;
  const { uri } = message.params;
  if (typeof uri !== "string") return noted(request, failed(message.id, { code: rpc.invalidParams, message: "`params.uri` must be a string" }));
  if (!session)
    return noted(request, failed(message.id, { code: rpc.invalidRequest, message: "subscriptions need a session: send the Mcp-Session-Id of `initialize`" }));
  const watched = await watchable(ports, caller, uri);
  if (!watched) return noted(request, failed(message.id, { code: -32002, message: `unknown resource: ${uri.slice(0, 200)}`, data: { uri } }), true);
  if (session.subscriptions.includes(uri)) return noted(request, ok(message.id, "{}"));
  if (session.subscriptions.length >= limits.subscriptionsPerStream) {
    return noted(
      request,
      failed(message.id, { code: rpc.refused, message: `at most ${limits.subscriptionsPerStream} resources can be subscribed to at once` }),
    );
  }
  await ports.sessions.setSubscriptions(session, [...session.subscriptions, uri]);
  try {
    await watchServer(ports, caller, session, watched.entry.server.id);
  } catch (error) {
    await drop(request, session, uri);
    const why = isSubscriptionRefused(error) ? "refused the subscription" : "cannot be reached now";
    return noted(request, failed(message.id, { code: rpc.internal, message: `${watched.entry.server.name} ${why}` }));
  }
  return noted(request, ok(message.id, "{}"));
}

export async function unsubscribe(request: LegacyRequest): Promise<Answer> {
  const { session, message } = request;
  const { uri } = message.params;
  if (typeof uri !== "string") return noted(request, failed(message.id, { code: rpc.invalidParams, message: "`params.uri` must be a string" }));
  if (session?.subscriptions.includes(uri)) await drop(request, session, uri);
  return noted(request, ok(message.id, "{}"));
}

async function drop({ ports, caller }: LegacyRequest, session: LiveSession, uri: string): Promise<void> {
  await ports.sessions.setSubscriptions(
    session,
    session.subscriptions.filter((other) => other !== uri),
  );
  const watched = await watchable(ports, caller, uri);
  // What is not served any more is not watched any more either, whether the server knows or not.
  if (watched) await watchServer(ports, caller, session, watched.entry.server.id).catch(() => {});
}

/** Watches all that a session subscribed to, e.g. when its client comes back after a restart of this process, or its rights changed. */
export async function watchSession(ports: ServePorts, caller: Caller, session: LiveSession): Promise<void> {
  const watched = await watchedBy(ports, caller, session);
  const serverIds = new Set([...watched.map(({ entry }) => entry.server.id), ...session.watches.keys()]);
  await Promise.all([...serverIds].map((serverId) => watchServer(ports, caller, session, serverId, watched).catch(() => {})));
}

async function watchServer(ports: ServePorts, caller: Caller, session: LiveSession, serverId: string, known?: readonly Watched[]): Promise<void> {
  const watched = (known ?? (await watchedBy(ports, caller, session))).filter(({ entry }) => entry.server.id === serverId);
  const names = JSON.stringify(watched.map(({ exposed }) => exposed));
  const running = session.watches.get(serverId);
  if (running?.names === names) return;
  session.watches.delete(serverId);
  if (watched.length === 0) return running?.controller.abort();
  const controller = new AbortController();
  session.watches.set(serverId, { names, controller });
  const onUpdate = (uri: string) => session.notify(messageText("notifications/resources/updated", { uri }));
  try {
    await watchResources(ports, caller, `session ${session.id} watch`, watched, onUpdate, controller.signal);
  } catch (error) {
    // What was refused is over, so it must not count as watched; what cannot be reached is tried again.
    if (isSubscriptionRefused(error) && session.watches.get(serverId)?.controller === controller) session.watches.delete(serverId);
    throw error;
  } finally {
    // Not before, so that nothing is missed in between.
    running?.controller.abort();
  }
}

async function watchedBy(ports: ServePorts, caller: Caller, session: LiveSession): Promise<Watched[]> {
  const found = await Promise.all(session.subscriptions.map((uri) => watchable(ports, caller, uri)));
  return found.filter((one): one is Watched => one !== null);
}
