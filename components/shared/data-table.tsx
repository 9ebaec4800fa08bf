import { ArrowDown, ArrowUp } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { Table, TableBody, TableCaption, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { cn } from "@/lib/cn";
import { ActionForm, type FormAction } from "./action-form";
import { Pagination, type PaginationProps } from "./pagination";
import { TableKeys } from "./table-keys";

export type Column<Row> = {
  key: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  /** The value of `sort` in the URL; makes the header a link. */
  sort?: string;
  align?: "left" | "right";
  className?: string;
};

export type DataTableProps<Row> = {
  /** Names the table for screen readers. */
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  /** Makes the first column a link, and the whole row clickable. */
  rowHref?: (row: Row) => string | undefined;
  /** Instead of the table when there are no rows: an `EmptyState`. */
  empty: ReactNode;
  /** What is sorted now, and the address of another order. */
  sort?: { by: string; direction: "asc" | "desc"; href: (by: string, direction: "asc" | "desc") => string };
  /** A checkbox in each row, named `name` with the row's key as value; inside a form of its own with the buttons `actions`. */
  selection?: {
    name: string;
    rowLabel: (row: Row) => string;
    isSelectable?: (row: Row) => boolean;
    action: FormAction;
    org?: string;
    hidden?: Record<string, string>;
    actions: ReactNode;
  };
  /** "Showing 50 of 1,284" and the pages. */
  pagination?: Omit<PaginationProps, "shown"> & { shown?: number };
  className?: string;
};

/** A list as a dense table, rendered by the server: sorting, filters and pages are links; ↑ ↓ ⏎ and space work in it. */
export function DataTable<Row>({ empty, selection, pagination, className, ...table }: DataTableProps<Row>) {
  if (table.rows.length === 0) return empty;
  const content = (
    <TableKeys>
      <div className={cn("overflow-hidden rounded-lg border bg-card", className)}>
        <Grid {...table} selection={selection} />
      </div>
    </TableKeys>
  );
  return (
    <div className="flex flex-col gap-3">
      {selection ? (
        <ActionForm action={selection.action} org={selection.org} hidden={selection.hidden} className="gap-3" aria-label={table.label}>
          <div className="flex flex-wrap items-center gap-2">
            {selection.actions}
            <span data-selected-count="" role="status" className="text-muted-foreground text-table" />
          </div>
          {content}
        </ActionForm>
      ) : (
        content
      )}
      {pagination && <Pagination shown={table.rows.length} {...pagination} />}
    </div>
  );
}

type GridProps<Row> = Omit<DataTableProps<Row>, "empty" | "pagination" | "className">;

function Grid<Row>({ label, columns, rows, rowKey, rowHref, sort, selection }: GridProps<Row>) {
  return (
    <Table>
      <TableCaption>{label}</TableCaption>
      <TableHeader>
        <TableRow className="hover:bg-transparent">
          {selection && (
            <TableHead className="w-9 pr-0">
              <Checkbox data-all-box="" aria-label="All rows" />
            </TableHead>
          )}
          {columns.map((column) => (
            <TableHead
              key={column.key}
              aria-sort={sort && column.sort === sort.by ? (sort.direction === "asc" ? "ascending" : "descending") : undefined}
              className={cn(column.align === "right" && "text-right", column.className)}
            >
              <Header column={column} sort={sort} />
            </TableHead>
          ))}
        </TableRow>
      </TableHeader>
      <TableBody>
        {rows.map((row) => {
          const href = rowHref?.(row);
          return (
            <TableRow key={rowKey(row)} className={href ? "cursor-pointer" : undefined}>
              {selection && (
                <TableCell className="w-9 pr-0">
                  {selection.isSelectable?.(row) !== false && (
                    <Checkbox data-row-box="" name={selection.name} value={rowKey(row)} aria-label={selection.rowLabel(row)} />
                  )}
                </TableCell>
              )}
              {columns.map((column, index) => (
                <TableCell key={column.key} className={cn(column.align === "right" && "text-right tabular-nums", column.className)}>
                  {index === 0 && href ? (
                    <Link href={href} data-row-link="" scroll={!href.startsWith("?")} className="font-medium hover:underline">
                      {column.cell(row)}
                    </Link>
                  ) : (
                    column.cell(row)
                  )}
                </TableCell>
              ))}
            </TableRow>
          );
        })}
      </TableBody>
    </Table>
  );
}

function Header<Row>({ column, sort }: { column: Column<Row>; sort: DataTableProps<Row>["sort"] }) {
  if (!sort || !column.sort) return column.header;
  const isCurrent = sort.by === column.sort;
  const next = isCurrent && sort.direction === "asc" ? "desc" : "asc";
  const Arrow = sort.direction === "asc" ? ArrowUp : ArrowDown;
  return (
    <Link href={sort.href(column.sort, next)} scroll={false} className="inline-flex items-center gap-1 hover:text-foreground">
      {column.header}
      {isCurrent && <Arrow aria-hidden className="size-3" />}
    </Link>
  );
}
