import Link from "next/link";
import { cn } from "@/lib/cn";
import { Mark } from "./mark";

/** The product's mark and name above pages that have no sidebar; the way to the start. */
export function Brand({ className }: { className?: string }) {
  return (
    <Link href="/" className={cn("flex w-fit items-center gap-2 font-semibold", className)}>
      <Mark className="size-6" /> Gatehouse
    </Link>
  );
}
