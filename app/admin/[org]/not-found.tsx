import Link from "next/link";
import { EmptyState } from "@/components/shared/empty-state";
import { Button } from "@/components/ui/button";

export default function NotFound() {
  return (
    <EmptyState
      title="This is not here"
      description="It was deleted, it belongs to another organization, or the address is wrong."
      action={
        <Button asChild variant="secondary">
          <Link href="/admin">Your organizations</Link>
        </Button>
      }
    />
  );
}
