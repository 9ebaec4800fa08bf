import Link from "next/link";
import { SharedAccountMissing } from "@/components/connections/shared-account";
import { CapabilityDetail } from "@/components/servers/capability-detail";
import { CapabilityList } from "@/components/servers/capability-list";
import { FilterBar } from "@/components/shared/filter-bar";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { UrlSheet } from "@/components/shared/url-sheet";
import { Alert } from "@/components/ui/alert";
import { hasRight } from "@/lib/auth/roles";
import { cn } from "@/lib/cn";
import { getServerOAuth } from "@/lib/connections/queries";
import { type CapabilityFilter, getCapability, listCapabilities } from "@/lib/servers/queries";
import { loadServer, orNotFound } from "../load-server";

type Props = { params: Promise<{ org: string; id: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

const kinds = ["tool", "prompt", "resource", "template"] as const;
const states = ["new", "changed", "gone", "approved"] as const;

export default async function CapabilitiesPage({ params, searchParams }: Props) {
  const [{ org, id }, search] = await Promise.all([params, searchParams]);
  const { ctx, server } = await loadServer(org, id);
  const one = (name: string) => (typeof search[name] === "string" ? search[name] : "");
  const filter: CapabilityFilter = {
    kind: kinds.find((kind) => kind === one("kind")),
    state: states.find((state) => state === one("state")),
    text: one("q").slice(0, 200) || undefined,
  };
  const [rows, oauth, capability] = await Promise.all([
    listCapabilities(ctx, server.id, filter),
    server.auth === "oauth" ? getServerOAuth(ctx, server.id) : null,
    one("capability") ? orNotFound(getCapability(ctx, server.id, one("capability"))) : null,
  ]);
  const canManage = hasRight(ctx.actor.role, "servers.manage");
  const hrefOf = (change: Record<string, string>) => {
    const kept = Object.entries({ kind: one("kind"), state: one("state"), q: one("q"), ...change }).filter(([, value]) => value);
    return `/admin/${ctx.org.slug}/servers/${server.id}${kept.length > 0 ? `?${new URLSearchParams(kept)}` : ""}`;
  };
  const { tools, prompts, resources, templates, gone } = server.counts;
  const all = tools + prompts + resources + templates;
  const kindLinks = [
    { kind: "", label: "All", count: all },
    { kind: "tool", label: "Tools", count: tools },
    { kind: "prompt", label: "Prompts", count: prompts },
    { kind: "resource", label: "Resources", count: resources },
    { kind: "template", label: "Templates", count: templates },
  ];
  return (
    <>
      {one("connected") === "shared" && oauth?.shared?.state === "connected" && (
        <Alert variant="ok" role="status" className="mb-3">
          The shared account is connected. What {server.name} offers is read with it now.
        </Alert>
      )}
      {oauth && <SharedAccountMissing href={`/admin/${ctx.org.slug}/servers/${server.id}/connections`} shared={oauth.shared} />}
      <nav aria-label="Kinds" className="mb-3 flex flex-wrap gap-1">
        {kindLinks.map((item) => (
          <Link
            key={item.kind}
            href={hrefOf({ kind: item.kind })}
            scroll={false}
            aria-current={item.kind === (filter.kind ?? "") ? "true" : undefined}
            className={cn(
              "rounded-md px-2.5 py-1 text-table",
              item.kind === (filter.kind ?? "") ? "bg-primary-soft font-medium text-primary" : "hover:bg-muted",
            )}
          >
            {item.label} <span className="tabular-nums">{item.count}</span>
          </Link>
        ))}
      </nav>
      <FilterBar
        search={{ name: "q", label: "Filter capabilities", value: one("q") }}
        keep={{ kind: one("kind") }}
        selects={[{ name: "state", label: "State", value: one("state"), options: stateOptions }]}
      />
      <CapabilityList
        org={ctx.org.slug}
        serverId={server.id}
        rows={rows}
        total={all + gone}
        canManage={canManage}
        hrefOf={(capabilityId) => hrefOf({ capability: capabilityId })}
      />
      {capability && (
        <UrlSheet
          key={capability.id}
          title={<UntrustedText text={capability.name} max={200} className="font-mono" />}
          description={<UntrustedText text={capability.title} max={200} />}
          closeHref={hrefOf({})}
        >
          <CapabilityDetail org={ctx.org.slug} serverId={server.id} capability={capability} canManage={canManage} />
        </UrlSheet>
      )}
    </>
  );
}

const stateOptions = [
  { value: "", label: "Every state" },
  { value: "new", label: "New" },
  { value: "changed", label: "Changed" },
  { value: "gone", label: "Gone" },
  { value: "approved", label: "Accepted" },
];
