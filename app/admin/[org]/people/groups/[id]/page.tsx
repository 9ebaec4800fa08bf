import Link from "next/link";
import { AddPeopleForm } from "@/components/people/add-people-form";
import { DeleteGroupForm, RenameGroupForm } from "@/components/people/group-forms";
import { GroupPeopleTable } from "@/components/people/group-people-table";
import { ListSearch } from "@/components/people/list-parts";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { getGroup, listGroupPeople } from "@/lib/groups/queries";
import { filterOf } from "@/lib/members/paging";
import { orNotFound } from "../../or-not-found";

export const metadata = { title: "Group" };

type Props = { params: Promise<{ org: string; id: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function GroupPage({ params, searchParams }: Props) {
  const [{ org, id }, search] = await Promise.all([params, searchParams]);
  const filter = filterOf(search);
  const ctx = await orgContext(org);
  const [group, list] = await orNotFound(Promise.all([getGroup(ctx, id), listGroupPeople(ctx, id, filter)]));
  const canManage = hasRight(ctx.actor.role, "people.manage");
  return (
    <>
      <PageHeader title={group.name} description={group.description || "A list of e-mail addresses that policies can name."} />
      <p className="text-muted-foreground text-sm">
        {group.policies.length === 0 ? "No policy mentions this group." : "Mentioned by "}
        {group.policies.map((policy, index) => (
          <span key={policy.id}>
            {index > 0 && ", "}
            <Link href={`/admin/${ctx.org.slug}/policies/${policy.id}`} className="text-foreground underline underline-offset-4">
              {policy.name}
            </Link>
          </span>
        ))}
      </p>
      {canManage && <AddPeopleForm org={ctx.org.slug} groupId={group.id} />}
      <ListSearch q={filter.q} label="Filter by e-mail" />
      <GroupPeopleTable list={list} org={ctx.org.slug} groupId={group.id} canManage={canManage} q={filter.q} />
      {canManage && (
        <div className="mt-10 max-w-[480px] space-y-10">
          <RenameGroupForm org={ctx.org.slug} group={group} />
          <DeleteGroupForm org={ctx.org.slug} group={group} people={list.total} />
        </div>
      )}
    </>
  );
}
