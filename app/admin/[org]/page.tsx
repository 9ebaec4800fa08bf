import Link from "next/link";
import { CallsCard } from "@/components/overview/calls-card";
import { FirstSteps, type Step } from "@/components/overview/first-steps";
import { Panel, PanelRow } from "@/components/overview/panel";
import { PageHeader } from "@/components/shared/page-header";
import { StatusDot } from "@/components/shared/status-dot";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listTroubles } from "@/lib/notices/queries";
import { noticeTitle, topicPath } from "@/lib/notices/words";
import { type FirstSteps as Found, getFirstSteps, listCallDays, listLastRefusals, listTroubledServers, listWaitingReviews } from "@/lib/overview/queries";

export default async function OverviewPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const base = `/admin/${ctx.org.slug}`;
  const [found, days, troubled, troubles, waiting, refusals] = await Promise.all([
    getFirstSteps(ctx),
    listCallDays(ctx),
    listTroubledServers(ctx),
    listTroubles(ctx),
    listWaitingReviews(ctx),
    listLastRefusals(ctx),
  ]);
  return (
    <>
      <PageHeader
        title="Overview"
        description={found.hasCall ? `What ${ctx.org.name} does with its servers.` : `${ctx.org.name} is ready to be set up. It takes about five minutes.`}
        actions={
          found.hasCall &&
          hasRight(ctx.actor.role, "servers.manage") && (
            <Button asChild>
              <Link href={`${base}/servers/new`}>Add server</Link>
            </Button>
          )
        }
      />
      <div className="flex flex-col gap-5">
        {found.hasCall ? <CallsCard days={days} href={`${base}/activity`} /> : <FirstSteps steps={stepsOf(ctx.org.slug, found)} />}
        {(found.hasCall || troubled.length + troubles.length > 0 || waiting.length > 0 || refusals.length > 0) && (
          <div className="grid items-start gap-5 lg:grid-cols-2">
            <Panel title="Servers that need attention" href={`${base}/servers`} empty="All servers answer.">
              {troubled.length + troubles.length > 0 && (
                <ul className="divide-y">
                  {troubled.map((server) => (
                    <PanelRow key={server.id} href={`${base}/servers/${server.id}`}>
                      <StatusDot tone={server.status === "error" ? "error" : "warn"} className="font-medium">
                        {server.name}
                      </StatusDot>
                      <span className="order-last min-w-0 basis-full text-muted-foreground sm:order-none sm:flex-1 sm:basis-0">
                        <UntrustedText text={server.errorMessage ?? "has not answered for a while"} max={120} className="inline-block first-letter:uppercase" />
                      </span>
                      <span className="ml-auto text-muted-foreground">
                        last fine <Time value={server.lastSuccessAt} />
                      </span>
                    </PanelRow>
                  ))}
                  {troubles.map(({ serverId, serverName, topic, kind, since }) => (
                    <PanelRow key={`${serverId} ${topic}`} href={`${base}/servers/${serverId}${topicPath[topic]}`}>
                      <StatusDot tone={kind === "account_ending" ? "warn" : "error"} className="whitespace-normal font-medium">
                        {noticeTitle(kind, serverName)}
                      </StatusDot>
                      <span className="ml-auto text-muted-foreground">
                        began <Time value={since} />
                      </span>
                    </PanelRow>
                  ))}
                </ul>
              )}
            </Panel>
            <Panel title="Waiting for review" empty="Nothing is new or changed.">
              {waiting.length > 0 && (
                <ul className="divide-y">
                  {waiting.map((server) => (
                    <PanelRow key={server.serverId} href={`${base}/servers/${server.serverId}?state=${server.changed > 0 ? "changed" : "new"}`}>
                      <span className="min-w-0 flex-1 truncate font-medium">{server.name}</span>
                      {server.fresh > 0 && <Badge variant="accent">{server.fresh} new</Badge>}
                      {server.changed > 0 && <Badge variant="warn">{server.changed} changed</Badge>}
                    </PanelRow>
                  ))}
                </ul>
              )}
            </Panel>
            <Panel className="lg:col-span-2" title="Last refusals" href={`${base}/activity?outcome=denied`} empty="No call was refused in 14 days.">
              {refusals.length > 0 && (
                <ul className="divide-y">
                  {refusals.map((call) => (
                    <PanelRow key={call.id} href={`${base}/activity?outcome=denied&call=${call.id}`}>
                      <span className="min-w-0 flex-1 truncate">
                        {call.personEmail} <span className="text-muted-foreground">wanted</span>{" "}
                        <UntrustedText text={call.name} max={60} className="font-mono text-xs" />
                      </span>
                      <Time value={call.startedAt} className="text-muted-foreground" />
                    </PanelRow>
                  ))}
                </ul>
              )}
            </Panel>
          </div>
        )}
      </div>
    </>
  );
}

function stepsOf(slug: string, found: Found): Step[] {
  const base = `/admin/${slug}`;
  const portal = found.portal ? `${base}/portals/${found.portal.id}` : `${base}/portals/new`;
  return [
    {
      title: "Add a server",
      text: "The URL of an MCP server. Its tools are read at once.",
      isDone: found.hasServer,
      button: "Add server",
      href: `${base}/servers/new`,
    },
    {
      title: "Create a portal",
      text: "One URL for your people, with the servers and tools you tick.",
      isDone: found.hasPortal,
      button: found.portal ? "Add servers to it" : "Create portal",
      href: portal,
    },
    {
      title: "Say who may enter",
      text: "A policy, such as: allow people at your domain.",
      isDone: found.hasPolicy,
      button: "Set policy",
      href: found.portal ? `${portal}/policies` : `${base}/policies/new`,
    },
    {
      title: "Connect a client",
      text: "Paste the portal's URL into Claude, Cursor or VS Code, and sign in there.",
      isDone: found.hasClient,
      button: "How to connect",
      href: found.portal ? `/connect/${slug}/${found.portal.slug}` : portal,
    },
    {
      title: "See the call",
      text: "Ask your client for a tool. The call appears in Activity.",
      isDone: found.hasCall,
      button: "Open activity",
      href: `${base}/activity`,
    },
  ];
}
