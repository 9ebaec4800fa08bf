import type { ReactNode } from "react";
import { NavTabs } from "@/components/shared/nav-tabs";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";

export const metadata = { title: "Settings" };

export default async function SettingsLayout({ children, params }: { children: ReactNode; params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const base = `/admin/${ctx.org.slug}/settings`;
  return (
    <>
      <PageHeader
        title="Settings"
        description={`What ${ctx.org.name} is called, how long it remembers, which apps and machines it lets in, whom it tells of trouble, and how to leave or delete it.`}
      />
      <NavTabs
        label="Settings"
        items={[
          { href: base, label: "General", exact: true },
          { href: `${base}/clients`, label: "Clients" },
          { href: `${base}/tokens`, label: "Service tokens" },
          { href: `${base}/notices`, label: "Notices" },
        ]}
      />
      {children}
    </>
  );
}
