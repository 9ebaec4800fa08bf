import { Skeleton } from "@/components/ui/skeleton";

/** A page with a head and a list, before it is there. */
export function ListSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="mb-2 h-7 w-40" />
      <Skeleton className="mb-6 h-5 w-72" />
      <Skeleton className="mb-3 h-8 w-64" />
      <div className="overflow-hidden rounded-lg border bg-card">
        {Array.from({ length: rows }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have no other identity
          <div key={index} className="flex h-9 items-center gap-6 border-b px-3 last:border-0">
            <Skeleton className="h-4 w-40" />
            <Skeleton className="h-4 w-24" />
            <Skeleton className="h-4 flex-1" />
          </div>
        ))}
      </div>
    </div>
  );
}
