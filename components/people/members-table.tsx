import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Time } from "@/components/shared/time";
import { Badge } from "@/components/ui/badge";
import type { Listed } from "@/lib/members/paging";
import type { MemberRow } from "@/lib/members/queries";
import { paginationOf } from "./list-parts";

export function MembersTable({ list, base, you, q }: { list: Listed<MemberRow>; base: string; you: string; q?: string }) {
  return (
    <DataTable
      label="Members"
      rows={list.rows}
      rowKey={(row) => row.personId}
      rowHref={(row) => `${base}/members/${row.personId}`}
      columns={[
        { key: "email", header: "Person", cell: (row) => row.email },
        { key: "name", header: "Name", cell: (row) => `${row.name}${row.personId === you ? " (you)" : ""}` },
        { key: "role", header: "Role", cell: (row) => <span className="capitalize">{row.role}</span> },
        {
          key: "verified",
          header: "Address",
          cell: (row) => (row.emailVerified ? <Badge variant="ok">confirmed</Badge> : <Badge variant="warn">not confirmed</Badge>),
        },
        { key: "grants", header: "Connected apps", align: "right", cell: (row) => row.grants },
        { key: "seen", header: "Last seen", cell: (row) => <Time value={row.lastSeenAt} empty="signed out" /> },
        { key: "joined", header: "Joined", cell: (row) => <Time value={row.joinedAt} /> },
      ]}
      empty={<EmptyState title="Nobody matches" description={q ? "Try another part of the name or address." : "There is nobody on this page."} />}
      pagination={paginationOf(list, q, "members")}
    />
  );
}
