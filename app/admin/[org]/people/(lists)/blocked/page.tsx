import Link from "next/link";
import { BlocksTable } from "@/components/people/blocks-table";
import { ListSearch } from "@/components/people/list-parts";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { filterOf } from "@/lib/members/paging";
import { listBlocks } from "@/lib/members/queries";

type Props = { params: Promise<{ org: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function BlockedPage({ params, searchParams }: Props) {
  const [{ org }, search] = await Promise.all([params, searchParams]);
  const filter = filterOf(search);
  const ctx = await orgContext(org);
  const list = await listBlocks(ctx, filter);
  const canManage = hasRight(ctx.actor.role, "people.manage");
  return (
    <>
      <ListSearch q={filter.q} label="Filter by e-mail or reason">
        {canManage && (
          <Button asChild variant="outline">
            <Link href={`/admin/${ctx.org.slug}/people/block`}>Block a person</Link>
          </Button>
        )}
      </ListSearch>
      <BlocksTable list={list} org={ctx.org.slug} canManage={canManage} q={filter.q} />
    </>
  );
}
