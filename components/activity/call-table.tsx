import Link from "next/link";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Card } from "@/components/ui/card";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { milliseconds } from "@/lib/activity/explain";
import type { CallSummary } from "@/lib/activity/queries";
import { Outcome } from "./outcome";
import { withParameter } from "./search";

/**
 * Calls, newest first. `linkBase` is the page whose `?call=` opens the whole record: with null, rows are not links.
 * A column that would say the same in every row can be left out.
 */
export function CallTable({ rows, linkBase, without = [] }: { rows: CallSummary[]; linkBase: string | null; without?: ("person" | "server")[] }) {
  const shows = (column: "person" | "server") => !without.includes(column);
  return (
    <Card className="overflow-hidden">
      <Table>
        <TableHeader>
          <TableRow>
            <TableHead>Time</TableHead>
            <TableHead>Outcome</TableHead>
            {shows("person") && <TableHead>Person</TableHead>}
            <TableHead>Client</TableHead>
            {shows("server") && <TableHead>Server</TableHead>}
            <TableHead>What</TableHead>
            <TableHead className="text-right">Took</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={row.id} className="h-9">
              <TableCell className="whitespace-nowrap">
                {linkBase === null ? (
                  <Time value={row.startedAt} />
                ) : (
                  <Link href={withParameter(linkBase, "call", row.id)} scroll={false} className="underline-offset-4 hover:underline">
                    <Time value={row.startedAt} />
                    <span className="sr-only">: open this call</span>
                  </Link>
                )}
              </TableCell>
              <TableCell className="whitespace-nowrap">
                <Outcome outcome={row.outcome} />
              </TableCell>
              {shows("person") && <TableCell className="max-w-56 truncate">{row.personEmail}</TableCell>}
              <TableCell className="max-w-44 truncate">
                <UntrustedText text={row.clientName} max={60} />
              </TableCell>
              {shows("server") && <TableCell className="max-w-44 truncate">{row.serverName ?? <span className="text-muted-foreground">none</span>}</TableCell>}
              <TableCell className="max-w-72 truncate font-mono text-xs">
                <UntrustedText text={what(row)} max={80} />
              </TableCell>
              <TableCell className="whitespace-nowrap text-right tabular-nums">{row.durationMs === null ? "" : milliseconds(row.durationMs)}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

/** The capability's own name, what was asked for where nothing matched, else the method. */
const what = (row: CallSummary) => row.capabilityName ?? row.requestedName ?? row.method;
