import Link from "next/link";
import { ActionForm } from "@/components/shared/action-form";
import { type Column, DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { SubmitButton } from "@/components/shared/submit-button";
import { Time } from "@/components/shared/time";
import { revokeOrgGrantAction } from "@/lib/oauth/actions";
import type { GrantRow } from "@/lib/oauth/grant-rows";
import type { Listed } from "@/lib/members/paging";
import { AppName } from "./app-name";
import { type AppSearch, appsHref } from "./app-search";

type Props = { list: Listed<GrantRow>; org: string; search: AppSearch; canManage: boolean };

/** Everyone's connected apps; the columns are those that people see of their own. */
export function AppsTable({ list, org, search, canManage }: Props) {
  const isFiltered = Object.values(search).some(Boolean);
  const href = (page: number) => appsHref({ ...search, page: String(page) });
  return (
    <DataTable
      label="Connected apps"
      rows={list.rows}
      rowKey={(row) => row.id}
      columns={[...columns, ...(canManage ? [signOutColumn(org)] : [])]}
      empty={
        isFiltered ? (
          <EmptyState title="No connected app matches" description="Nothing of it is connected now. Try another person, portal or app." />
        ) : (
          <EmptyState title="No apps yet" description="When somebody lets an AI client into a portal, it appears here." />
        )
      }
      pagination={{
        total: list.total,
        noun: "apps",
        previousHref: list.page > 1 ? href(list.page - 1) : null,
        nextHref: list.page * list.pageRows < list.total ? href(list.page + 1) : null,
      }}
    />
  );
}

const columns: Column<GrantRow>[] = [
  {
    key: "person",
    header: "Person",
    cell: (row) => (
      <Link href={appsHref({ person: row.personId })} className="font-medium hover:underline" title={`Only the apps of ${row.email}`}>
        {row.email}
      </Link>
    ),
  },
  { key: "app", header: "App", className: "min-w-52", cell: (row) => <AppName app={row} /> },
  { key: "portal", header: "Portal", className: "max-w-44 truncate", cell: (row) => row.portalName },
  { key: "used", header: "Used", cell: (row) => <Time value={row.lastUsedAt} /> },
  { key: "since", header: "Since", cell: (row) => <Time value={row.createdAt} /> },
  { key: "off", header: "Servers off", align: "right", cell: (row) => row.serversOff },
];

const signOutColumn = (org: string): Column<GrantRow> => ({
  key: "do",
  header: <span className="sr-only">Actions</span>,
  align: "right",
  cell: (row) => (
    <ActionForm action={revokeOrgGrantAction} org={org} hidden={{ grantId: row.id }}>
      <SubmitButton variant="ghost" size="sm" aria-label={`Sign out ${row.clientName} of ${row.email}`}>
        Sign out
      </SubmitButton>
    </ActionForm>
  ),
});
