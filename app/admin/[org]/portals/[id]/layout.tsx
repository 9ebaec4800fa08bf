import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { CopyButton } from "@/components/shared/copy-button";
import { NavTabs } from "@/components/shared/nav-tabs";
import { PageHeader } from "@/components/shared/page-header";
import { StatusDot } from "@/components/shared/status-dot";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { listAttached } from "@/lib/policies/queries";
import { listAssignments } from "@/lib/portals/queries";
import { loadPortal } from "../load-portal";

type Props = { params: Promise<{ org: string; id: string }>; children: ReactNode };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { org, id } = await params;
  return { title: (await loadPortal(org, id)).portal.name };
}

export default async function PortalLayout({ params, children }: Props) {
  const { org, id } = await params;
  const { ctx, portal } = await loadPortal(org, id);
  const [assigned, attached] = await Promise.all([listAssignments(ctx, portal.id), listAttached(ctx, { kind: "portal", id: portal.id })]);
  const base = `/admin/${ctx.org.slug}/portals/${portal.id}`;
  const on = assigned.reduce((sum, server) => sum + server.on, 0);
  return (
    <>
      <PageHeader
        title={portal.name}
        status={portal.enabled ? <StatusDot tone="ok">on</StatusDot> : <StatusDot tone="off">switched off</StatusDot>}
        description={<code className="font-mono text-table">{portal.url}</code>}
        actions={
          <>
            <CopyButton value={portal.url} label="URL" variant="secondary" size="md">
              Copy URL
            </CopyButton>
            <Button asChild variant="secondary">
              <Link href={`/connect/${ctx.org.slug}/${portal.slug}`}>Open connect</Link>
            </Button>
          </>
        }
        className="mb-3"
      />
      {attached.length === 0 && (
        <Alert
          variant="warn"
          className="mb-4"
          action={
            <Link href={`${base}/policies`} className="font-medium underline">
              Say who may enter
            </Link>
          }
        >
          Nobody may enter yet: no policy is attached.
        </Alert>
      )}
      <NavTabs
        label={portal.name}
        items={[
          { href: base, label: "Servers", count: assigned.length, exact: true },
          { href: `${base}/capabilities`, label: "Capabilities", count: on },
          { href: `${base}/policies`, label: "Policies", count: attached.length },
          { href: `${base}/connect`, label: "Connect" },
          { href: `${base}/doctor`, label: "Doctor" },
          { href: `${base}/activity`, label: "Activity" },
          { href: `${base}/settings`, label: "Settings" },
        ]}
      />
      {children}
    </>
  );
}
