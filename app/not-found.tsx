import Link from "next/link";
import { Brand } from "@/components/shared/brand";
import { Button } from "@/components/ui/button";

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-3 px-6 py-12">
      <Brand className="mb-3" />
      <h1 className="font-semibold text-xl">Nothing here</h1>
      <p className="text-muted-foreground">The address is wrong, the thing is gone, or your account may not see it.</p>
      <Button asChild variant="secondary" className="w-fit">
        <Link href="/">Go to the start</Link>
      </Button>
    </main>
  );
}
