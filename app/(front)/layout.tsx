import type { ReactNode } from "react";
import { Brand } from "@/components/shared/brand";

export default function FrontLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-6 px-6 py-12">
      <Brand />
      {children}
    </main>
  );
}
