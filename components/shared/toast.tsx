"use client";

import { X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { Button } from "@/components/ui/button";

export type ToastInput = { message: string /** Offers "Undo" and is called for it. */; undo?: () => void; tone?: "neutral" | "error" };
type ToastItem = ToastInput & { id: number };

/** Says something at the edge of the page for some seconds (errors until closed). Needs one `<Toaster />` in the layout. */
export function toast(input: ToastInput | string): void {
  const item: ToastItem = { ...(typeof input === "string" ? { message: input } : input), id: ++last };
  change([...items.slice(-2), item]);
}

export function Toaster() {
  const shown = useSyncExternalStore(
    subscribe,
    () => items,
    () => none,
  );
  return (
    <section aria-label="Notices" aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-0 z-50 flex flex-col items-center gap-2 p-4">
      {shown.map((item) => (
        <Toast key={item.id} item={item} />
      ))}
    </section>
  );
}

function Toast({ item }: { item: ToastItem }) {
  const close = () => change(items.filter((other) => other.id !== item.id));
  useEffect(() => {
    if (item.tone === "error") return;
    const timer = setTimeout(() => change(items.filter((other) => other.id !== item.id)), 6_000);
    return () => clearTimeout(timer);
  }, [item]);
  return (
    <div
      role={item.tone === "error" ? "alert" : undefined}
      className="pointer-events-auto flex max-w-md animate-overlay items-center gap-2 rounded-lg border bg-popover py-1.5 pr-1.5 pl-3 text-popover-foreground shadow-lg"
    >
      <p className={item.tone === "error" ? "text-error" : undefined}>{item.message}</p>
      {item.undo && (
        <Button
          type="button"
          variant="ghost"
          size="sm"
          className="text-primary"
          onClick={() => {
            item.undo?.();
            close();
          }}
        >
          Undo
        </Button>
      )}
      <Button type="button" variant="ghost" size="icon-sm" aria-label="Close notice" onClick={close}>
        <X aria-hidden />
      </Button>
    </div>
  );
}

// A toast belongs to the window, not to a component: it outlives the row that raised it.
let last = 0;
const none: ToastItem[] = [];
let items: ToastItem[] = none;
const listeners = new Set<() => void>();

function change(next: ToastItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
