import Link from "next/link";
import type { ReactNode } from "react";
import { Mark } from "@/components/shared/mark";

export default function FrontLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-6 px-6 py-12">
      <Link href="/" className="flex items-center gap-2 self-start font-semibold">
        <Mark className="size-6" /> Gatehouse
      </Link>
      {children}
    </main>
  );
}
