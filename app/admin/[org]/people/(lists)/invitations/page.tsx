import { InvitationsTable } from "@/components/people/invitations-table";
import { ListSearch } from "@/components/people/list-parts";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { filterOf } from "@/lib/members/paging";
import { listInvitations } from "@/lib/members/queries";

type Props = { params: Promise<{ org: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function InvitationsPage({ params, searchParams }: Props) {
  const [{ org }, search] = await Promise.all([params, searchParams]);
  const filter = filterOf(search);
  const ctx = await orgContext(org);
  const list = await listInvitations(ctx, filter);
  return (
    <>
      <ListSearch q={filter.q} label="Filter by e-mail" />
      <InvitationsTable list={list} org={ctx.org.slug} canManage={hasRight(ctx.actor.role, "people.manage")} q={filter.q} />
    </>
  );
}
