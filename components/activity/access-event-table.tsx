import Link from "next/link";
import { StatusDot } from "@/components/shared/status-dot";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Card } from "@/components/ui/card";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { accessEventWords } from "@/lib/activity/event-words";
import type { AccessEventRow } from "@/lib/activity/queries";
import { isReference } from "@/lib/ids";
import { pathWith } from "./search";

/** `path` is where the list is; a reference leads to every step of its sign-in there. */
export function AccessEventTable({ rows, path }: { rows: AccessEventRow[]; path: string }) {
  return (
    <Card className="overflow-hidden">
      <Table>
        <TableHeader>
          <TableRow>
            <TableHead>Time</TableHead>
            <TableHead>Outcome</TableHead>
            <TableHead>Event</TableHead>
            <TableHead>Person</TableHead>
            <TableHead>Client</TableHead>
            <TableHead>Portal</TableHead>
            <TableHead>From</TableHead>
            <TableHead>Reference</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={row.id} className="h-9">
              <TableCell className="whitespace-nowrap">
                <Time value={row.createdAt} />
              </TableCell>
              <TableCell className="whitespace-nowrap">
                <StatusDot tone={row.outcome === "ok" ? "green" : "red"}>{row.outcome}</StatusDot>
              </TableCell>
              <TableCell className="min-w-44 max-sm:whitespace-normal">
                {accessEventWords(row.kind)}
                {row.reason && (
                  <span className="block text-muted-foreground text-xs">
                    <UntrustedText text={row.reason} max={200} />
                  </span>
                )}
              </TableCell>
              <TableCell className="max-w-56 truncate">
                <UntrustedText text={row.email} max={120} />
              </TableCell>
              <TableCell className="max-w-44 truncate">
                <UntrustedText text={row.clientName ?? ""} max={60} />
              </TableCell>
              <TableCell className="max-w-44 truncate">{row.portalName}</TableCell>
              <TableCell className="max-w-44 truncate font-mono text-xs">
                <span title={row.userAgent.slice(0, 300)}>{row.ip}</span>
              </TableCell>
              <TableCell className="whitespace-nowrap font-mono text-xs">{row.correlationId && <Reference of={row.correlationId} path={path} />}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

// Events from before there were references name a row instead.
function Reference({ of, path }: { of: string; path: string }) {
  if (!isReference(of)) return null;
  return (
    <Link href={pathWith(path, { q: of })} title="Every step of this sign-in" className="underline underline-offset-4">
      {of}
    </Link>
  );
}
