import type { ReactNode } from "react";

/** The quiet page around one decision. */
export function ConsentFrame({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[512px] flex-col justify-center px-4 py-10">
      <div className="space-y-5 rounded-lg border bg-card p-6 text-card-foreground">{children}</div>
      <p className="mt-4 text-center text-[13px] text-muted-foreground">Gatehouse</p>
    </main>
  );
}
