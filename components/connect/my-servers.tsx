import { EmptyState } from "@/components/shared/empty-state";
import { StatusDot, type Tone } from "@/components/shared/status-dot";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { cn } from "@/lib/cn";
import type { Asked, MyCapability, MyServer } from "@/lib/connect/queries";
import { MyConnection } from "./my-connection";

export type MyServersProps = {
  portalId: string;
  servers: MyServer[];
  contact: string;
  /** The server that a link from a tool's result is about: it stands on top. */
  asked: Asked | null;
  connectHref: (serverId: string) => string;
};

/** What a person can use through the portal, server by server; what a server wrote is shown as text. */
export function MyServers({ portalId, servers, contact, asked, connectHref }: MyServersProps) {
  if (servers.length === 0) return <EmptyState title="No servers yet" description="The people who run this portal have put nothing into it so far." />;
  const ordered = [...servers].sort((a, b) => Number(b.id === asked?.serverId) - Number(a.id === asked?.serverId));
  return (
    <ul className="divide-y rounded-lg border bg-card">
      {ordered.map((server) => (
        <li
          key={server.id}
          className={cn("px-4 py-3", server.id === asked?.serverId && "rounded-t-lg border-l-4 border-l-primary bg-primary-soft/40 last:rounded-b-lg")}
        >
          <div className="flex flex-wrap items-baseline justify-between gap-x-4">
            <p className="font-medium">{server.name}</p>
            <State server={server} />
          </div>
          {asked?.link === "yours" && server.id === asked.serverId && needsMe(server) && (
            <p className="mt-1 text-table">A tool of {server.name} waits for this. Afterwards the same call goes through.</p>
          )}
          {server.note && (
            <p className="mt-1 text-muted-foreground text-table">
              {server.note} {server.state === "closed" && contact && <>Ask {contact}.</>}
            </p>
          )}
          <MyConnection portalId={portalId} server={server} connectHref={connectHref(server.id)} contact={contact} />
          {server.state !== "closed" && <Offers server={server} />}
        </li>
      ))}
    </ul>
  );
}

/** Whether the person brings an account of their own. */
export const hasMine = ({ connection }: MyServer) => connection?.account === "personal" && connection.state !== "not_needed";

/** Whether the person has to connect it before the server's tools work. */
export const needsMe = (server: MyServer) => hasMine(server) && server.connection?.state !== "connected";

/** A server that does not answer says so first; then comes what the account is like. */
function State({ server }: { server: MyServer }) {
  const { state, connection } = server;
  if (state !== "ready" || !connection || connection.state === "not_needed") return <Dot {...states[state]} />;
  if (connection.account === "shared") return connection.state === "connected" ? <Dot {...states.ready} /> : <Dot word="shared account missing" tone="warn" />;
  if (connection.state === "connected") return <Dot word="connected" tone="ok" />;
  return <Dot word={connection.state === "reconnect" ? "reconnect needed" : "needs your account"} tone="warn" />;
}

const Dot = ({ word, tone }: { word: string; tone: Tone }) => (
  <StatusDot tone={tone} className="text-table">
    {word}
  </StatusDot>
);

const states: Record<MyServer["state"], { word: string; tone: Tone }> = {
  ready: { word: "ready", tone: "ok" },
  waiting: { word: "being set up", tone: "warn" },
  stale: { word: "not answering lately", tone: "warn" },
  error: { word: "not answering", tone: "error" },
  closed: { word: "not for you", tone: "off" },
};

function Offers({ server }: { server: MyServer }) {
  const { tools, prompts, resources } = server;
  const counts = [count(tools, "tool"), count(prompts, "prompt"), count(resources, "resource")].filter(Boolean).join(", ");
  if (counts === "") return <p className="mt-1 text-muted-foreground text-table">Nothing of it is switched on.</p>;
  return (
    <details className="mt-1 text-table">
      <summary className="cursor-pointer text-muted-foreground">{counts}</summary>
      <dl className="mt-2 space-y-2">
        {[...tools, ...prompts, ...resources].map(({ name, description }) => (
          <div key={name}>
            <dt className="wrap-anywhere font-mono">
              <UntrustedText text={name} max={200} />
            </dt>
            <dd className="text-muted-foreground">
              <UntrustedText text={description} max={300} />
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const count = (list: MyCapability[], noun: string) => (list.length === 0 ? "" : `${list.length} ${noun}${list.length === 1 ? "" : "s"}`);
