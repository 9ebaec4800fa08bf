import type { Metadata } from "next";
import type { ReactNode } from "react";
import { AdminFrame } from "@/components/frame/admin-frame";
import { ThemeSwitch } from "@/components/shared/theme-switch";
import { orgContext, personContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listMyOrganizations } from "@/lib/orgs/queries";
import { getNavigation } from "@/lib/overview/queries";
import { signOutAction } from "@/lib/people/actions";

type Params = { params: Promise<{ org: string }> };

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  const ctx = await orgContext((await params).org);
  return { title: { default: ctx.org.name, template: `%s · ${ctx.org.name} · Gatehouse` } };
}

export default async function OrganizationLayout({ params, children }: Params & { children: ReactNode }) {
  const ctx = await orgContext((await params).org);
  const person = await personContext();
  const [organizations, found] = await Promise.all([listMyOrganizations(person), getNavigation(ctx)]);
  const navigation = {
    ...found,
    org: { slug: ctx.org.slug, name: ctx.org.name },
    organizations: organizations.map(({ slug, name, role }) => ({ slug, name, mayOpen: hasRight(role, "org.read") })),
    person: { email: person.person.email, name: person.person.name },
  };
  return (
    <AdminFrame navigation={navigation} signOut={signOutAction} themeSwitch={<ThemeSwitch />}>
      {children}
    </AdminFrame>
  );
}
