import Link from "next/link";
import { Sentence } from "@/components/policies/sentence";
import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { FilterBar } from "@/components/shared/filter-bar";
import { PageHeader } from "@/components/shared/page-header";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { countPolicies, listPolicies } from "@/lib/policies/queries";

export const metadata = { title: "Policies" };

type Props = { params: Promise<{ org: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function PoliciesPage({ params, searchParams }: Props) {
  const ctx = await orgContext((await params).org);
  const { q } = await searchParams;
  const text = typeof q === "string" ? q : "";
  const [policies, total] = await Promise.all([listPolicies(ctx, { text }), countPolicies(ctx)]);
  const base = `/admin/${ctx.org.slug}/policies`;
  const add = hasRight(ctx.actor.role, "policies.manage") && (
    <Button asChild>
      <Link href={`${base}/new`}>Create policy</Link>
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Policies"
        description="Who is let in. A policy does something once it is attached to a portal or a server."
        actions={total > 0 && add}
      />
      {total > 0 && <FilterBar search={{ name: "q", label: "Filter policies", value: text }} />}
      <DataTable
        label="Policies"
        rows={policies}
        rowKey={(policy) => policy.id}
        rowHref={(policy) => `${base}/${policy.id}`}
        empty={
          total > 0 ? (
            <EmptyState title="No policy matches" description="Try another word." />
          ) : (
            <EmptyState title="No policies yet" description="A portal lets nobody in until a policy does." action={add} />
          )
        }
        columns={[
          { key: "name", header: "Name", cell: (policy) => policy.name, className: "whitespace-nowrap" },
          { key: "sentence", header: "What it says", cell: (policy) => <Sentence parts={policy.parts} />, className: "min-w-64 max-sm:whitespace-normal" },
          { key: "where", header: "Attached to", cell: (policy) => where([...policy.portals, ...policy.servers]) },
        ]}
      />
    </>
  );
}

function where(things: { name: string }[]): string {
  if (things.length === 0) return "nothing yet";
  const names = things.slice(0, 3).map((thing) => thing.name);
  return `${names.join(", ")}${things.length > 3 ? ` and ${things.length - 3} more` : ""}`;
}
