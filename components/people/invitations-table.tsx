import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Time } from "@/components/shared/time";
import { Badge } from "@/components/ui/badge";
import { revokeInvitationAction } from "@/lib/members/actions";
import type { Listed } from "@/lib/members/paging";
import type { InvitationRow } from "@/lib/members/queries";
import { paginationOf } from "./list-parts";

type Props = { list: Listed<InvitationRow>; org: string; canManage: boolean; q?: string };

export function InvitationsTable({ list, org, canManage, q }: Props) {
  const withdraw = (row: InvitationRow) => (
    <ConfirmDialog
      trigger="Withdraw"
      triggerVariant="ghost"
      triggerSize="sm"
      title={`Withdraw the invitation of ${row.email}?`}
      consequence="The link in their mail stops working at once."
      confirmLabel="Withdraw"
      action={revokeInvitationAction}
      org={org}
      fields={{ invitationId: row.id }}
    />
  );
  return (
    <DataTable
      label="Open invitations"
      rows={list.rows}
      rowKey={(row) => row.id}
      columns={[
        { key: "email", header: "Address", cell: (row) => <span className="font-medium">{row.email}</span> },
        { key: "role", header: "Role", cell: (row) => <span className="capitalize">{row.role}</span> },
        { key: "by", header: "Invited by", cell: (row) => row.invitedBy },
        { key: "sent", header: "Sent", cell: (row) => <Time value={row.createdAt} /> },
        { key: "expires", header: "Expires", cell: (row) => (row.expired ? <Badge variant="warn">expired</Badge> : <Time value={row.expiresAt} />) },
        ...(canManage ? [{ key: "do", header: <span className="sr-only">Actions</span>, align: "right" as const, cell: withdraw }] : []),
      ]}
      empty={
        q ? (
          <EmptyState title="No invitation matches" description="Try another part of the address." />
        ) : (
          <EmptyState title="No open invitations" description="Invite people who administer or audit. Who only uses portals needs none: policies admit them." />
        )
      }
      pagination={paginationOf(list, q, "invitations")}
    />
  );
}
