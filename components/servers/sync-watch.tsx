"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** Says what the sync is doing and reads the page again every 1.5 seconds while it runs. */
export function SyncWatch({ isRunning, words }: { isRunning: boolean; words: string }) {
  const router = useRouter();
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => router.refresh(), 1_500);
    return () => clearInterval(timer);
  }, [isRunning, router]);
  return (
    <p role="status" className="text-muted-foreground text-table empty:hidden">
      {isRunning ? `Synchronising: ${words}…` : ""}
    </p>
  );
}
