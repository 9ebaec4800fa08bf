import Link from "next/link";
import { redirect } from "next/navigation";
import { Mark } from "@/components/shared/mark";
import { Button } from "@/components/ui/button";
import { currentPerson } from "@/lib/auth/request";

/** The front door: who is signed in goes on to their organizations. */
export default async function FrontPage() {
  if (await currentPerson()) redirect("/admin");
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-xl flex-col justify-center gap-6 px-6 py-16">
      <div className="flex items-center gap-2.5 font-semibold text-base">
        <Mark className="size-7" /> Gatehouse
      </div>
      <div className="flex flex-col gap-3">
        <h1 className="text-balance font-semibold text-xl">One URL for all your MCP servers</h1>
        <p className="text-pretty text-muted-foreground">
          Put your company’s MCP servers behind one address; your people paste it into Claude, Cursor or VS Code, sign in once, and get exactly the tools your
          policies give them. Every call, every sign-in and every change is on record.
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button asChild size="lg">
          <Link href="/sign-up">Sign up</Link>
        </Button>
        <Button asChild size="lg" variant="secondary">
          <Link href="/sign-in">Sign in</Link>
        </Button>
      </div>
    </main>
  );
}
