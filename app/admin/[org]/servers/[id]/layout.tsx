import type { Metadata } from "next";
import type { ReactNode } from "react";
import { ServerStatus } from "@/components/servers/server-status";
import { SyncWatch } from "@/components/servers/sync-watch";
import { ActionForm } from "@/components/shared/action-form";
import { NavTabs } from "@/components/shared/nav-tabs";
import { PageHeader } from "@/components/shared/page-header";
import { SubmitButton } from "@/components/shared/submit-button";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Alert } from "@/components/ui/alert";
import { hasRight } from "@/lib/auth/roles";
import { breakerState } from "@/lib/mcp/upstream";
import { syncServerAction } from "@/lib/servers/actions";
import { loadServer } from "../load-server";

type Props = { params: Promise<{ org: string; id: string }>; children: ReactNode };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { org, id } = await params;
  return { title: (await loadServer(org, id)).server.name };
}

export default async function ServerLayout({ params, children }: Props) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  const base = `/admin/${ctx.org.slug}/servers/${server.id}`;
  const { counts } = server;
  const breaker = breakerState(ctx.org.id, server.id);
  // A new server waits for the sync that its form started; one that never comes is not polled for ever.
  const isRunning = server.isSyncing || (server.status === "waiting" && ctx.now.getTime() - server.createdAt.getTime() < 60_000);
  return (
    <>
      <PageHeader
        title={server.name}
        status={<ServerStatus status={server.status} isSyncing={server.isSyncing} />}
        description={
          <>
            <span className="font-mono text-table">{server.url}</span>
            <span className="block text-table">
              Last sync <Time value={server.lastSyncAt} />
              {server.protocolVersion && ` · MCP ${server.protocolVersion}`}
            </span>
          </>
        }
        actions={
          hasRight(ctx.actor.role, "servers.manage") && (
            <ActionForm action={syncServerAction} org={ctx.org.slug} hidden={{ serverId: server.id }}>
              <SubmitButton variant="secondary" pendingText="Synchronising…" disabled={server.isSyncing}>
                Synchronise
              </SubmitButton>
            </ActionForm>
          )
        }
        className="mb-3"
      />
      <div className="mb-4 flex flex-col gap-2">
        <SyncWatch isRunning={isRunning} words={server.syncProgress ?? "starting"} />
        {server.errorMessage && !isRunning && (
          <Alert variant={server.status === "error" ? "error" : "warn"}>
            <UntrustedText text={server.errorMessage} max={400} className="inline-block first-letter:uppercase" />
          </Alert>
        )}
        {breaker.state === "open" && (
          <Alert variant="warn">
            It did not answer several times in a row since <Time value={breaker.since} />, so calls are refused at once for about {breaker.retryAfterSeconds} s,
            then one is tried. Synchronise to try now.
          </Alert>
        )}
        {server.notes.length > 0 && (
          <Alert variant="warn">
            <ul>
              {server.notes.map((note) => (
                <li key={note}>
                  <UntrustedText text={note} max={300} />
                </li>
              ))}
            </ul>
          </Alert>
        )}
      </div>
      <NavTabs
        label={server.name}
        items={[
          { href: base, label: "Capabilities", count: counts.tools + counts.prompts + counts.resources + counts.templates, exact: true },
          { href: `${base}/policies`, label: "Policies" },
          { href: `${base}/portals`, label: "Portals" },
          ...(server.auth === "none" ? [] : [{ href: `${base}/connections`, label: "Connections" }]),
          { href: `${base}/doctor`, label: "Doctor" },
          { href: `${base}/activity`, label: "Activity" },
          { href: `${base}/settings`, label: "Settings" },
        ]}
      />
      {children}
    </>
  );
}
