import Link from "next/link";
import { ContextUrls } from "@/components/connect/context-urls";
import { HowTo } from "@/components/connect/how-to";
import { PortalTokens } from "@/components/service-tokens/portal-tokens";
import { CopyField } from "@/components/shared/copy-field";
import { hasRight } from "@/lib/auth/roles";
import { listServiceTokensOfPortal } from "@/lib/service-tokens/queries";
import { loadPortal } from "../../load-portal";

type Props = { params: Promise<{ org: string; id: string }>; searchParams: Promise<{ client?: string | string[] }> };

export default async function PortalConnectPage({ params, searchParams }: Props) {
  const [{ org, id }, { client }] = await Promise.all([params, searchParams]);
  const { ctx, portal } = await loadPortal(org, id);
  const tokens = await listServiceTokensOfPortal(ctx, portal.id);
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      <CopyField value={portal.url} label="URL" size="lg" />
      <p className="text-muted-foreground">
        Send people this URL, or{" "}
        <Link href={`/connect/${ctx.org.slug}/${portal.slug}`} className="text-primary underline underline-offset-4">
          their connect page
        </Link>
        , which says the following.
      </p>
      <HowTo
        url={portal.url}
        portalName={portal.name}
        portalSlug={portal.slug}
        client={typeof client === "string" ? client : undefined}
        basePath={`/admin/${ctx.org.slug}/portals/${portal.id}/connect`}
      />
      {portal.portalTools && <ContextUrls url={portal.url} mode={portal.contextMode} />}
      <PortalTokens base={`/admin/${ctx.org.slug}/settings/tokens`} portalId={portal.id} tokens={tokens} canManage={hasRight(ctx.actor.role, "org.manage")} />
    </div>
  );
}
