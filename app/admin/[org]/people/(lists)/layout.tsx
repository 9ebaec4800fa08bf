import Link from "next/link";
import type { ReactNode } from "react";
import { NavTabs } from "@/components/shared/nav-tabs";
import { PageHeader } from "@/components/shared/page-header";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";

export const metadata = { title: "People" };

export default async function PeopleLayout({ children, params }: { children: ReactNode; params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const base = `/admin/${ctx.org.slug}/people`;
  return (
    <>
      <PageHeader
        title="People"
        description="Who administers this organization, which groups your policies speak of, which apps are connected, and who is shut out."
        actions={
          hasRight(ctx.actor.role, "people.manage") && (
            <Button asChild>
              <Link href={`${base}/invite`}>Invite</Link>
            </Button>
          )
        }
      />
      <NavTabs
        label="People"
        items={[
          { href: base, label: "Members", exact: true },
          { href: `${base}/invitations`, label: "Invitations" },
          { href: `${base}/groups`, label: "Groups" },
          { href: `${base}/apps`, label: "Apps" },
          { href: `${base}/blocked`, label: "Blocked" },
        ]}
      />
      {children}
    </>
  );
}
