import { LeaveForm } from "@/components/people/leave-form";
import { DeleteOrganizationForm, RenameForm, RetentionForm } from "@/components/people/settings-forms";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { getOrganization, organizationImpact } from "@/lib/orgs/queries";

export default async function SettingsPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const [organization, impact] = await Promise.all([getOrganization(ctx), organizationImpact(ctx)]);
  const canManage = hasRight(ctx.actor.role, "org.manage");
  return (
    <div className="max-w-[480px] space-y-10">
      {canManage ? (
        <>
          <RenameForm organization={organization} />
          <RetentionForm organization={organization} />
        </>
      ) : (
        <dl className="grid grid-cols-[10rem_1fr] gap-y-2 text-sm">
          <dt className="text-muted-foreground">Name</dt>
          <dd>{organization.name}</dd>
          <dt className="text-muted-foreground">Address</dt>
          <dd className="font-mono">{organization.slug}</dd>
          <dt className="text-muted-foreground">Activity is kept</dt>
          <dd>{organization.retentionDays} days</dd>
        </dl>
      )}
      <section className="space-y-3 border-t pt-6">
        <h2 className="font-semibold">Leave</h2>
        <LeaveForm slug={organization.slug} name={organization.name} />
      </section>
      {hasRight(ctx.actor.role, "org.delete") && <DeleteOrganizationForm organization={organization} impact={impact} />}
    </div>
  );
}
