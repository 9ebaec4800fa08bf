import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { deleteOrganizationAction, renameOrganizationAction, setRetentionAction } from "@/lib/orgs/actions";
import type { Organization, OrganizationImpact } from "@/lib/orgs/queries";

export function RenameForm({ organization }: { organization: Organization }) {
  return (
    <ActionForm action={renameOrganizationAction} org={organization.slug}>
      <FormField name="name" label="Name" hint={`Its address stays ${organization.slug}: people have pasted the URLs of its portals into their clients.`}>
        <Input required maxLength={80} defaultValue={organization.name} />
      </FormField>
      <SubmitButton className="self-start">Save name</SubmitButton>
    </ActionForm>
  );
}

export function RetentionForm({ organization }: { organization: Organization }) {
  return (
    <ActionForm action={setRetentionAction} org={organization.slug}>
      <FormField name="retentionDays" label="Keep activity for (days)" hint="Calls, sign-ins and changes older than this are deleted. 7 to 3650.">
        <Input type="number" inputMode="numeric" min={7} max={3650} required defaultValue={String(organization.retentionDays)} />
      </FormField>
      <SubmitButton className="self-start">Save retention</SubmitButton>
    </ActionForm>
  );
}

/** The typed slug names the thing; the password proves who types. */
export function DeleteOrganizationForm({ organization, impact }: { organization: Organization; impact: OrganizationImpact }) {
  return (
    <section className="space-y-4 rounded-lg border border-destructive/40 p-4">
      <h2 className="wrap-anywhere font-semibold">Delete {organization.name}</h2>
      <p className="text-muted-foreground text-sm">
        {lost(impact)} go with it, at once and for good.
        {impact.connectedPeople > 0 && ` ${count(impact.connectedPeople, "connected person loses", "connected people lose")} access.`}
      </p>
      <ActionForm action={deleteOrganizationAction} org={organization.slug}>
        <FormField name="slug" label={`Type ${organization.slug} to confirm`}>
          <Input required autoComplete="off" spellCheck={false} className="font-mono" />
        </FormField>
        <FormField name="password" label="Your password">
          <Input type="password" required autoComplete="current-password" />
        </FormField>
        <SubmitButton variant="destructive" wraps className="self-start">
          Delete {organization.name}
        </SubmitButton>
      </ActionForm>
    </section>
  );
}

function lost(impact: OrganizationImpact): string {
  const parts = [
    count(impact.servers, "server", "servers"),
    count(impact.portals, "portal", "portals"),
    count(impact.policies, "policy", "policies"),
    count(impact.groups, "group", "groups"),
    count(impact.members, "membership", "memberships"),
    count(impact.calls, "call on record", "calls on record"),
  ];
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

const count = (n: number, one: string, many: string) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
