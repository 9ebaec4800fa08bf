import { EmptyState } from "@/components/shared/empty-state";
import { StatusDot, type Tone } from "@/components/shared/status-dot";
import { UntrustedText } from "@/components/shared/untrusted-text";
import type { MyCapability, MyServer } from "@/lib/connect/queries";

/** What a person can use through the portal, server by server; what a server wrote is shown as text. */
export function MyServers({ servers, contact }: { servers: MyServer[]; contact: string }) {
  if (servers.length === 0) return <EmptyState title="No servers yet" description="The people who run this portal have put nothing into it so far." />;
  return (
    <ul className="divide-y rounded-lg border bg-card">
      {servers.map((server) => (
        <li key={server.id} className="px-4 py-3">
          <div className="flex flex-wrap items-baseline justify-between gap-x-4">
            <p className="font-medium">{server.name}</p>
            <StatusDot tone={states[server.state].tone} className="text-table">
              {states[server.state].word}
            </StatusDot>
          </div>
          {server.note && (
            <p className="mt-1 text-muted-foreground text-table">
              {server.note} {server.state === "closed" && contact && <>Ask {contact}.</>}
            </p>
          )}
          {server.state !== "closed" && <Offers server={server} />}
        </li>
      ))}
    </ul>
  );
}

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
