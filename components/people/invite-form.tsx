"use client";

import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { inviteMemberAction } from "@/lib/members/actions";
import { InviteOutcome } from "./invite-outcome";
import { RoleSelect } from "./role-select";

export function InviteForm({ org, withOwner }: { org: string; withOwner: boolean }) {
  return (
    <ActionForm action={inviteMemberAction} org={org} className="max-w-[480px]">
      {(state) => (
        <>
          <FormField name="email" label="E-mail address" hint="The invitation goes there, and only an account with this address can accept it." required>
            <Input type="email" autoComplete="off" />
          </FormField>
          <FormField name="role" label="Role">
            <RoleSelect defaultValue="admin" withOwner={withOwner} />
          </FormField>
          <SubmitButton className="self-start">Invite</SubmitButton>
          <InviteOutcome state={state} />
        </>
      )}
    </ActionForm>
  );
}
