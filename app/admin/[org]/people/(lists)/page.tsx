import { MembersTable } from "@/components/people/members-table";
import { ListSearch } from "@/components/people/list-parts";
import { orgContext } from "@/lib/auth/request";
import { filterOf } from "@/lib/members/paging";
import { listMembers } from "@/lib/members/queries";

type Props = { params: Promise<{ org: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function MembersPage({ params, searchParams }: Props) {
  const [{ org }, search] = await Promise.all([params, searchParams]);
  const filter = filterOf(search);
  const ctx = await orgContext(org);
  const list = await listMembers(ctx, filter);
  return (
    <>
      <ListSearch q={filter.q} label="Filter by name or e-mail" />
      <MembersTable list={list} base={`/admin/${ctx.org.slug}/people`} you={ctx.actor.personId} q={filter.q} />
    </>
  );
}
