import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <main aria-busy="true" className="mx-auto w-full max-w-3xl space-y-6 px-4 py-10">
      <span className="sr-only">Loading</span>
      <Skeleton className="h-12 w-64" />
      <Skeleton className="h-14 w-full" />
      <Skeleton className="h-8 w-full" />
      <Skeleton className="h-48 w-full" />
    </main>
  );
}
