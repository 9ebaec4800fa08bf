import Link from "next/link";
import { redirect } from "next/navigation";
import { LeaveForm } from "@/components/people/leave-form";
import { EmptyState } from "@/components/shared/empty-state";
import { Brand } from "@/components/shared/brand";
import { PageHeader } from "@/components/shared/page-header";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { personContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listMyOrganizations } from "@/lib/orgs/queries";

export const metadata = { title: "Organizations" };

/** Which organization to work in: straight to the only one, or to the one just joined. `?choose` shows the list all the same. */
export default async function ChooseOrganizationPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const [person, search] = await Promise.all([personContext(), searchParams]);
  const all = await listMyOrganizations(person);
  const open = all.filter((org) => hasRight(org.role, "org.read"));
  const joined = open.find((org) => org.slug === search.joined);
  const only = all.length === 1 && search.choose === undefined ? open[0] : undefined;
  const straight = joined ?? only;
  if (straight) redirect(`/admin/${straight.slug}`);
  const welcome = all.find((org) => org.slug === search.joined);
  return (
    <main className="mx-auto w-full max-w-2xl px-6 py-12">
      <Brand className="mb-8" />
      <PageHeader
        title="Organizations"
        description={welcome ? `You are now a member of ${welcome.name}.` : `Signed in as ${person.person.email}.`}
        actions={
          <Button asChild>
            <Link href="/new">Create organization</Link>
          </Button>
        }
      />
      {all.length === 0 ? (
        <EmptyState title="You belong to no organization yet" description="Create one, or open the invitation that was mailed to you." />
      ) : (
        <ul className="divide-y rounded-lg border bg-card">
          {all.map((org) => (
            <li key={org.id} className="flex flex-wrap items-center gap-3 px-4 py-3">
              <div className="min-w-0 flex-1">
                {hasRight(org.role, "org.read") ? (
                  <Link href={`/admin/${org.slug}`} className="font-medium underline-offset-4 hover:underline">
                    {org.name}
                  </Link>
                ) : (
                  <span className="font-medium">{org.name}</span>
                )}
                <p className="truncate font-mono text-muted-foreground text-xs">{org.slug}</p>
              </div>
              <Badge>{org.role}</Badge>
              {!hasRight(org.role, "org.read") && <LeaveForm slug={org.slug} name={org.name} />}
            </li>
          ))}
        </ul>
      )}
      {all.some((org) => !hasRight(org.role, "org.read")) && (
        <p className="mt-4 text-muted-foreground text-sm">Members open the portals whose address they were given; there is nothing to administer.</p>
      )}
    </main>
  );
}
