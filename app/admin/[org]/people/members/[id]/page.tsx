import Link from "next/link";
import { ChangeRoleForm, RemoveMemberForm } from "@/components/people/member-forms";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { getMember } from "@/lib/members/queries";
import { orNotFound } from "../../or-not-found";

export const metadata = { title: "Member" };

export default async function MemberPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const ctx = await orgContext(org);
  const member = await orNotFound(getMember(ctx, id));
  const isYou = member.personId === ctx.actor.personId;
  // What the command would refuse anyway is not offered.
  const mayChange = hasRight(ctx.actor.role, member.role === "owner" ? "owners.manage" : "people.manage");
  return (
    <>
      <PageHeader title={member.email} description={[member.name, `${member.role}${isYou ? " (you)" : ""}`].filter(Boolean).join(" · ")} />
      <div className="max-w-[480px] space-y-10">
        <p className="text-sm">
          <Link href={`/admin/${ctx.org.slug}/people/apps?person=${member.personId}`} className="underline underline-offset-4">
            Connected apps
          </Link>
        </p>
        {mayChange && <ChangeRoleForm org={ctx.org.slug} member={member} withOwner={hasRight(ctx.actor.role, "owners.manage")} />}
        {mayChange && !isYou && <RemoveMemberForm org={ctx.org.slug} member={member} orgName={ctx.org.name} />}
        {isYou && <p className="text-muted-foreground text-sm">To leave {ctx.org.name}, go to its settings.</p>}
        {!mayChange && !isYou && <p className="text-muted-foreground text-sm">Your role ({ctx.actor.role}) cannot change this member.</p>}
      </div>
    </>
  );
}
