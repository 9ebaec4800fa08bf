import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Time } from "@/components/shared/time";
import type { GroupRow } from "@/lib/groups/queries";
import type { Listed } from "@/lib/members/paging";
import { paginationOf } from "./list-parts";

export function GroupsTable({ list, base, q }: { list: Listed<GroupRow>; base: string; q?: string }) {
  return (
    <DataTable
      label="Groups"
      rows={list.rows}
      rowKey={(row) => row.id}
      rowHref={(row) => `${base}/${row.id}`}
      columns={[
        { key: "name", header: "Group", cell: (row) => row.name },
        { key: "description", header: "Description", className: "max-w-md truncate text-muted-foreground", cell: (row) => row.description },
        { key: "people", header: "People", align: "right", cell: (row) => row.people.toLocaleString("en") },
        { key: "created", header: "Created", cell: (row) => <Time value={row.createdAt} /> },
      ]}
      empty={
        q ? (
          <EmptyState title="No group matches" description="Try another part of the name." />
        ) : (
          <EmptyState title="No groups yet" description="A group is a list of e-mail addresses that policies can name, such as contractors." />
        )
      }
      pagination={paginationOf(list, q, "groups")}
    />
  );
}
