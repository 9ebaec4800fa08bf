import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { SubmitButton } from "@/components/shared/submit-button";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Badge } from "@/components/ui/badge";
import { acceptCapabilitiesAction } from "@/lib/servers/actions";
import type { CapabilitySummary } from "@/lib/servers/queries";
import { CapabilityState } from "./capability-state";

export type CapabilityListProps = {
  org: string;
  serverId: string;
  rows: CapabilitySummary[];
  total: number;
  canManage: boolean;
  hrefOf: (capabilityId: string) => string;
};

/** What a server offers; what is new or changed can be ticked and accepted. */
export function CapabilityList({ org, serverId, rows, total, canManage, hrefOf }: CapabilityListProps) {
  const isOpen = (row: CapabilitySummary) => row.state === "new" || row.state === "changed";
  return (
    <DataTable
      label="Capabilities"
      rows={rows}
      rowKey={(row) => row.id}
      rowHref={(row) => hrefOf(row.id)}
      pagination={{ total, noun: "capabilities" }}
      empty={
        <EmptyState
          title="Nothing here"
          description={total === 0 ? "The server has offered nothing so far. Synchronise to ask it again." : "Change the filter above."}
        />
      }
      selection={
        canManage && rows.some(isOpen)
          ? {
              name: "capability",
              rowLabel: (row) => `Choose ${row.name}`,
              isSelectable: isOpen,
              action: acceptCapabilitiesAction,
              org,
              hidden: { serverId },
              actions: (
                <SubmitButton size="sm" pendingText="Accepting…">
                  Accept chosen
                </SubmitButton>
              ),
            }
          : undefined
      }
      columns={[
        {
          key: "name",
          header: "Name",
          className: "min-w-40 max-w-72",
          cell: (row) => <UntrustedText text={row.name} max={120} className="font-mono text-xs" />,
        },
        { key: "state", header: "State", cell: (row) => <CapabilityState state={row.state} /> },
        {
          key: "description",
          header: "Description",
          className: "max-w-96 truncate text-muted-foreground",
          cell: (row) => <UntrustedText text={row.title || row.description} max={140} />,
        },
        {
          key: "claims",
          header: "Notes",
          cell: (row) => (
            <span className="flex gap-1">
              {row.kind === "tool" && row.readOnly && <Badge variant="outline">read-only (claimed)</Badge>}
              {row.warnings.length > 0 && <Badge variant="warn">{row.warnings.length === 1 ? "1 warning" : `${row.warnings.length} warnings`}</Badge>}
            </span>
          ),
        },
      ]}
    />
  );
}
