"use client";

import { Button } from "@/components/ui/button";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-3 px-6 py-12">
      <h1 className="font-semibold text-xl">This page could not be shown</h1>
      <p className="text-muted-foreground">Something went wrong on our side. Try again; if it stays, tell the people who run this Gatehouse.</p>
      {error.digest && <p className="font-mono text-muted-foreground text-table">Request {error.digest}</p>}
      <Button type="button" variant="secondary" className="w-fit" onClick={reset}>
        Try again
      </Button>
    </main>
  );
}
