import Link from "next/link";
import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { changeRoleAction, removeMemberAction } from "@/lib/members/actions";
import type { Member } from "@/lib/members/queries";
import { RoleSelect } from "./role-select";

export function ChangeRoleForm({ org, member, withOwner }: { org: string; member: Member; withOwner: boolean }) {
  return (
    <ActionForm action={changeRoleAction} org={org}>
      <input type="hidden" name="personId" value={member.personId} />
      <FormField name="role" label="Role">
        <RoleSelect defaultValue={member.role} withOwner={withOwner} />
      </FormField>
      <SubmitButton className="self-start">Change role</SubmitButton>
    </ActionForm>
  );
}

export function RemoveMemberForm({ org, member, orgName }: { org: string; member: Member; orgName: string }) {
  return (
    <section className="space-y-3 border-t pt-6 text-sm">
      <h2 className="wrap-anywhere font-semibold">Remove {member.email}</h2>
      <p className="text-muted-foreground">
        Their role in {orgName} and all their connected apps end at once. Where a policy admits them they can connect again; to keep them out,{" "}
        <Link href={`/admin/${org}/people/block?email=${encodeURIComponent(member.email)}`} className="underline underline-offset-4">
          block them
        </Link>
        .
      </p>
      <ActionForm action={removeMemberAction} org={org}>
        <input type="hidden" name="personId" value={member.personId} />
        <SubmitButton variant="destructive" wraps className="self-start">
          Remove from {orgName}
        </SubmitButton>
      </ActionForm>
    </section>
  );
}
