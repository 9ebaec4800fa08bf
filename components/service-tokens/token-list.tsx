import type { ReactNode } from "react";
import { type Column, DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Time } from "@/components/shared/time";
import type { ServiceTokenItem } from "@/lib/service-tokens/queries";
import { TokenState } from "./token-state";

export function TokenList({ tokens, base, create }: { tokens: ServiceTokenItem[]; base: string; create: ReactNode }) {
  return (
    <DataTable
      label="Service tokens"
      rows={tokens}
      rowKey={(token) => token.id}
      rowHref={(token) => `${base}/${token.id}`}
      columns={columns}
      empty={
        <EmptyState
          title="No service tokens"
          description="A service token lets a machine, such as a nightly job, call the tools of the portals you choose. People sign in instead."
          action={create}
        />
      }
    />
  );
}

const columns: Column<ServiceTokenItem>[] = [
  { key: "name", header: "Name", className: "max-w-56 truncate", cell: (token) => token.name },
  { key: "state", header: "State", cell: (token) => <TokenState token={token} /> },
  { key: "portals", header: "Portals", className: "max-w-56 truncate", cell: (token) => token.portals.map((portal) => portal.name).join(", ") || "none left" },
  { key: "used", header: "Last used", cell: (token) => <Time value={token.lastUsedAt} /> },
  { key: "expires", header: "Expires", cell: (token) => <Time value={token.expiresAt} /> },
  { key: "by", header: "Created by", className: "max-w-56 truncate", cell: (token) => token.createdBy },
];
