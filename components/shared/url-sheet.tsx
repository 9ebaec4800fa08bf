"use client";

import { X } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useId, useRef } from "react";

export type UrlSheetProps = {
  title: ReactNode;
  description?: ReactNode;
  /** The same page without the drawer. */
  closeHref: string;
  children: ReactNode;
};

/** A drawer that is open because the URL says so: rendered by the server, readable without JavaScript, a modal dialog with it. */
export function UrlSheet({ title, description, closeHref, children }: UrlSheetProps) {
  const router = useRouter();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const before = document.activeElement;
    // `open` from the server is not modal; showModal() brings the focus trap, and close() gives focus back.
    element.close();
    element.showModal();
    return () => {
      element.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const close = () => router.push(closeHref, { scroll: false });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes too, through `onCancel`
    <dialog
      ref={dialog}
      open
      suppressHydrationWarning
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === event.currentTarget && close()}
      className="fixed inset-y-0 right-0 left-auto z-50 m-0 h-dvh max-h-none w-full max-w-xl animate-sheet border-l bg-popover p-0 text-popover-foreground shadow-xl backdrop:bg-black/30"
    >
      <div className="flex min-h-full flex-col gap-5 p-5">
        <header className="flex items-start justify-between gap-3">
          <div className="min-w-0">
            <h2 id={titleId} className="wrap-anywhere font-semibold text-base">
              {title}
            </h2>
            {description && <div className="text-muted-foreground">{description}</div>}
          </div>
          <Link href={closeHref} scroll={false} aria-label="Close" className="rounded-sm p-1 text-muted-foreground hover:bg-muted hover:text-foreground">
            <X aria-hidden className="size-4" />
          </Link>
        </header>
        {children}
      </div>
    </dialog>
  );
}
