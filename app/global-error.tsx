"use client";

import "./globals.css";

/** When even the layout failed. */
export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  return (
    <html lang="en">
      <body>
        <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-3 px-6 py-12">
          <h1 className="font-semibold text-xl">This page could not be shown</h1>
          <p>Something went wrong on our side. Reload the page; if it stays, tell the people who run this Gatehouse.</p>
          {error.digest && <p className="font-mono">Request {error.digest}</p>}
        </main>
      </body>
    </html>
  );
}
