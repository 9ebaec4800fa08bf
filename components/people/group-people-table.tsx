import { ActionForm } from "@/components/shared/action-form";
import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { SubmitButton } from "@/components/shared/submit-button";
import { removePersonAction } from "@/lib/groups/actions";
import type { GroupPerson } from "@/lib/groups/queries";
import type { Listed } from "@/lib/members/paging";
import { paginationOf } from "./list-parts";

type Props = { list: Listed<GroupPerson>; org: string; groupId: string; canManage: boolean; q?: string };

export function GroupPeopleTable({ list, org, groupId, canManage, q }: Props) {
  const remove = (row: GroupPerson) => (
    <ActionForm action={removePersonAction} org={org} hidden={{ groupId, email: row.email }} className="items-end">
      <SubmitButton variant="ghost" size="sm" aria-label={`Remove ${row.email}`}>
        Remove
      </SubmitButton>
    </ActionForm>
  );
  return (
    <DataTable
      label="People of the group"
      rows={list.rows}
      rowKey={(row) => row.email}
      columns={[
        { key: "email", header: "Address", cell: (row) => <span className="font-medium">{row.email}</span> },
        {
          key: "account",
          header: "Account",
          className: "text-muted-foreground",
          cell: (row) => (row.verified ? row.name || "confirmed" : "counts once this address is confirmed"),
        },
        ...(canManage ? [{ key: "do", header: <span className="sr-only">Actions</span>, align: "right" as const, cell: remove }] : []),
      ]}
      empty={
        q ? (
          <EmptyState title="Nobody matches" description="Try another part of the address." />
        ) : (
          <EmptyState title="Nobody is in this group" description="Add people by their e-mail address, before or after they sign up." />
        )
      }
      pagination={paginationOf(list, q, "people")}
    />
  );
}
