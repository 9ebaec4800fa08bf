import { Skeleton } from "@/components/ui/skeleton";

/** A filter bar and twelve rows, as the lists have them. */
export function ActivitySkeleton() {
  return (
    <div aria-busy="true" className="space-y-2 py-4">
      <span className="sr-only">Loading</span>
      <Skeleton className="h-9 w-full max-w-3xl" />
      {Array.from({ length: 12 }, (_, i) => `row ${i}`).map((key) => (
        <Skeleton key={key} className="h-9 w-full" />
      ))}
    </div>
  );
}
