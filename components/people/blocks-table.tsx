import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Time } from "@/components/shared/time";
import { unblockPersonAction } from "@/lib/members/actions";
import type { Listed } from "@/lib/members/paging";
import type { BlockRow } from "@/lib/members/queries";
import { paginationOf } from "./list-parts";

type Props = { list: Listed<BlockRow>; org: string; canManage: boolean; q?: string };

export function BlocksTable({ list, org, canManage, q }: Props) {
  const unblock = (row: BlockRow) => (
    <ConfirmDialog
      trigger="Unblock"
      triggerVariant="ghost"
      triggerSize="sm"
      title={`Unblock ${row.email}?`}
      consequence="Policies decide about them again. What the block ended stays ended: they connect their apps anew, and their role needs an invitation."
      confirmLabel="Unblock"
      variant="primary"
      action={unblockPersonAction}
      org={org}
      fields={{ blockId: row.id }}
    />
  );
  return (
    <DataTable
      label="Blocked people"
      rows={list.rows}
      rowKey={(row) => row.id}
      columns={[
        { key: "email", header: "Address", cell: (row) => <span className="font-medium">{row.email}</span> },
        { key: "reason", header: "Reason", className: "max-w-md truncate", cell: (row) => <span title={row.reason}>{row.reason}</span> },
        { key: "by", header: "Blocked by", cell: (row) => row.createdBy },
        { key: "since", header: "Since", cell: (row) => <Time value={row.createdAt} /> },
        ...(canManage ? [{ key: "do", header: <span className="sr-only">Actions</span>, align: "right" as const, cell: unblock }] : []),
      ]}
      empty={
        q ? (
          <EmptyState title="No blocked person matches" description="Try another part of the address or the reason." />
        ) : (
          <EmptyState title="Nobody is blocked" description="A blocked person enters no portal of this organization, whatever a policy says." />
        )
      }
      pagination={paginationOf(list, q, "blocked people")}
    />
  );
}
