import Link from "next/link";
import { GroupsTable } from "@/components/people/groups-table";
import { ListSearch } from "@/components/people/list-parts";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listGroups } from "@/lib/groups/queries";
import { filterOf } from "@/lib/members/paging";

type Props = { params: Promise<{ org: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function GroupsPage({ params, searchParams }: Props) {
  const [{ org }, search] = await Promise.all([params, searchParams]);
  const filter = filterOf(search);
  const ctx = await orgContext(org);
  const list = await listGroups(ctx, filter);
  const base = `/admin/${ctx.org.slug}/people/groups`;
  return (
    <>
      <ListSearch q={filter.q} label="Filter by name">
        {hasRight(ctx.actor.role, "people.manage") && (
          <Button asChild variant="outline">
            <Link href={`${base}/new`}>Create group</Link>
          </Button>
        )}
      </ListSearch>
      <GroupsTable list={list} base={base} q={filter.q} />
    </>
  );
}
