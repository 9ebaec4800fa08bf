import type { ReactNode } from "react";
import { NavTabs } from "@/components/shared/nav-tabs";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";

export const metadata = { title: "Activity" };

export default async function ActivityLayout({ children, params }: { children: ReactNode; params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const base = `/admin/${ctx.org.slug}/activity`;
  return (
    <>
      <PageHeader title="Activity" description="Every call, every sign-in and every change, newest first. Times are UTC on hover." />
      <NavTabs
        label="Activity"
        items={[
          { href: base, label: "Calls", exact: true },
          { href: `${base}/sign-ins`, label: "Sign-ins" },
          { href: `${base}/changes`, label: "Changes" },
        ]}
      />
      {children}
    </>
  );
}
