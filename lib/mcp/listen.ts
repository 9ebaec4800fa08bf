import type { JsonObject } from "@/drizzle/schema/servers";
import type { Caller } from "@/lib/gateway/ports";
import { groupBy } from "@/lib/group-by";
import { limits } from "@/lib/limits";
import { type Answer, failed } from "./answers";
import { EventStream } from "./event-stream";
import { isObject, messageText, resultText, rpc } from "./frame";
import { envelope } from "./frame-meta";
import { capabilities, serverInfo } from "./handshake";
import type { ListKind } from "./list-changes";
import { noted } from "./noted";
import type { ModernRequest } from "./incoming";
import { isSubscriptionRefused } from "./upstream/failures";
import { type Watched, watchable, watchResources } from "./watches";

const flags: Record<ListKind, string> = { tools: "toolsListChanged", prompts: "promptsListChanged", resources: "resourcesListChanged" };

/** `subscriptions/listen` (2026-07-28): acknowledges what it can deliver, then delivers that, each message under the request's id. */
export async function listenTo(request: ModernRequest): Promise<Answer> {
  const { caller, message, header } = request;
  const wanted = message.params.notifications;
  if (!isObject(wanted)) return failed(message.id, { code: rpc.invalidParams, message: "`params.notifications` must be an object" });
  if (!header("accept")?.includes("text/event-stream")) {
    return failed(message.id, { code: rpc.invalidRequest, message: "this answer is an event stream, which the Accept header does not take", status: 406 });
  }
  const uris = Array.isArray(wanted.resourceSubscriptions) ? wanted.resourceSubscriptions.filter((uri) => typeof uri === "string") : [];
  if (uris.length > limits.subscriptionsPerStream) {
    return failed(message.id, { code: rpc.invalidParams, message: `at most ${limits.subscriptionsPerStream} resources can be subscribed to at once` });
  }
  const subscription = new Subscription(request, listsOf(wanted, capabilities(caller.view, caller.catalogue)), uris);
  return (await subscription.start()) ? noted(request, { status: 200, body: null, stream: subscription.stream }) : tooMany(request);
}

class Subscription {
  readonly stream = new EventStream();
  private readonly over = new AbortController();
  private watching = new AbortController();
  private watchedUris = "";

  constructor(
    private readonly request: ModernRequest,
    private readonly lists: readonly ListKind[],
    private readonly uris: readonly string[],
  ) {}

  async start(): Promise<boolean> {
    const { ports, caller, readmit } = this.request;
    const close = await ports.streams.open(caller, {
      readmit,
      changed: (now, lists) => {
        for (const kind of lists) if (this.lists.includes(kind)) this.say(`notifications/${kind}/list_changed`, {});
        void this.watch(now).catch(() => {});
      },
      end: () => this.end(),
    });
    if (!close) return false;
    this.stream.onClosed(() => {
      this.over.abort();
      this.watching.abort();
      close();
    });
    const resources = await this.watch(caller);
    this.say("notifications/subscriptions/acknowledged", {
      notifications: {
        ...Object.fromEntries(this.lists.map((kind) => [flags[kind], true])),
        ...(resources.length > 0 && { resourceSubscriptions: resources }),
      },
    });
    if (this.lists.length === 0 && resources.length === 0) this.end();
    return true;
  }

  /** Watches what of the wanted resources this person is served now, and returns what their servers do not refuse. */
  private async watch(caller: Caller): Promise<string[]> {
    const { ports } = this.request;
    const found = (await Promise.all(this.uris.map((uri) => watchable(ports, caller, uri)))).filter((one): one is Watched => one !== null);
    const exposed = found.map((one) => one.exposed);
    if (JSON.stringify(exposed) === this.watchedUris || this.over.signal.aborted) return exposed;
    this.watchedUris = JSON.stringify(exposed);
    this.watching.abort();
    this.watching = new AbortController();
    const party = `listen ${caller.grantId} ${JSON.stringify(this.request.message.id)} ${this.request.startedAt.getTime()}`;
    const onUpdate = (uri: string) => this.say("notifications/resources/updated", { uri });
    const { signal } = this.watching;
    const refused = new Set<string>();
    const perServer = [...groupBy(found, ({ entry }) => entry.server.id).values()].map((resources) =>
      watchResources(ports, caller, party, resources, onUpdate, signal).catch((error: unknown) => {
        // One that only cannot be reached now is tried again.
        if (isSubscriptionRefused(error)) for (const resource of resources) refused.add(resource.exposed);
      }),
    );
    await Promise.all(perServer);
    return exposed.filter((uri) => !refused.has(uri));
  }

  private say(method: string, params: JsonObject): void {
    const { id } = this.request.message;
    this.stream.send(messageText(method, { ...params, _meta: { [envelope.subscriptionId]: id } }));
  }

  /** The result that says the stream ended in order. */
  private end(): void {
    const { message, caller } = this.request;
    const _meta = { [envelope.subscriptionId]: message.id, [envelope.serverInfo]: serverInfo(caller.view) };
    this.stream.send(resultText(message.id, JSON.stringify({ resultType: "complete", _meta })));
    this.stream.end();
  }
}

function listsOf(wanted: JsonObject, declared: JsonObject): ListKind[] {
  return (["tools", "prompts", "resources"] as const).filter((kind) => wanted[flags[kind]] === true && declared[kind] !== undefined);
}

const tooMany = ({ message }: ModernRequest): Answer =>
  failed(message.id, { code: rpc.refused, message: "too many streams are open, close some first", status: 429, retryAfterSeconds: 30 });
