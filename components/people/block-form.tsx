import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { blockPersonAction } from "@/lib/members/actions";

export function BlockForm({ org, email }: { org: string; email: string }) {
  return (
    <ActionForm action={blockPersonAction} org={org} className="max-w-[480px]">
      <FormField name="email" label="E-mail address">
        <Input type="email" defaultValue={email} required autoComplete="off" />
      </FormField>
      <FormField name="reason" label="Reason" hint="Shown to administrators only.">
        <Input maxLength={500} />
      </FormField>
      <SubmitButton variant="destructive" className="self-start">
        Block
      </SubmitButton>
    </ActionForm>
  );
}
