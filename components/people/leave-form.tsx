import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { leaveOrganizationAction } from "@/lib/orgs/actions";

export function LeaveForm({ slug, name }: { slug: string; name: string }) {
  return (
    <ConfirmDialog
      trigger={`Leave ${name}`}
      title={`Leave ${name}?`}
      consequence="Your role and your connected apps there end at once. To come back, somebody has to invite you."
      confirmLabel={`Leave ${name}`}
      action={leaveOrganizationAction}
      fields={{ organization: slug }}
    />
  );
}
