import Link from "next/link";
import { PageHeader } from "@/components/shared/page-header";
import { Button } from "@/components/ui/button";

export const metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <>
      <PageHeader title="This is not here" description="It was deleted, it belongs to another organization, or the address is wrong." />
      <Button asChild variant="secondary">
        <Link href="/admin">Your organizations</Link>
      </Button>
    </>
  );
}
