import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Card } from "@/components/ui/card";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { auditActionWords, changedFields } from "@/lib/activity/event-words";
import type { AuditEventRow } from "@/lib/activity/queries";

export function ChangeTable({ rows }: { rows: AuditEventRow[] }) {
  return (
    <Card className="overflow-hidden">
      <Table>
        <TableHeader>
          <TableRow>
            <TableHead>Time</TableHead>
            <TableHead>Person</TableHead>
            <TableHead>Change</TableHead>
            <TableHead>Of</TableHead>
            <TableHead>Before → after</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={row.id} className="align-top">
              <TableCell className="whitespace-nowrap">
                <Time value={row.createdAt} />
              </TableCell>
              <TableCell className="max-w-56 truncate">{row.actorEmail}</TableCell>
              <TableCell>{auditActionWords(row.action)}</TableCell>
              <TableCell className="max-w-56 truncate">
                <UntrustedText text={row.targetName} max={120} />
              </TableCell>
              <TableCell className="min-w-64 max-w-xl max-sm:whitespace-normal">
                <Difference row={row} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

const shownMax = 3;

function Difference({ row }: { row: AuditEventRow }) {
  const fields = changedFields(row.before, row.after);
  const line = (change: (typeof fields)[number]) => (
    <li key={change.field} className="break-words text-xs">
      <span className="text-muted-foreground">{change.field}</span>{" "}
      <span className="font-mono">
        <UntrustedText text={change.before || "nothing"} max={300} /> → <UntrustedText text={change.after || "nothing"} max={300} />
      </span>
    </li>
  );
  if (fields.length <= shownMax) return <ul>{fields.map(line)}</ul>;
  return (
    <details>
      <summary className="cursor-pointer text-xs">{fields.length} fields</summary>
      <ul className="mt-1">{fields.map(line)}</ul>
    </details>
  );
}
