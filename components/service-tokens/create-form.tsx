"use client";

import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { limits } from "@/lib/limits";
import { createServiceTokenAction } from "@/lib/service-tokens/actions";
import { FreshSecretPanel, freshSecretIn } from "./fresh-secret";
import { type PortalChoice, PortalChoices } from "./portal-choices";

/** Asks for what a service token needs; when it is made, its secret stands in place of the questions, once. */
export function CreateTokenForm({ org, portals, chosen }: { org: string; portals: PortalChoice[]; chosen: string | undefined }) {
  return (
    <ActionForm action={createServiceTokenAction} org={org} aria-label="New service token" className="max-w-3xl">
      {(state) => {
        const made = freshSecretIn(state);
        if (made) return <FreshSecretPanel made={made} base={`/admin/${org}/settings/tokens`} />;
        return (
          <div className="flex max-w-[480px] flex-col gap-6">
            <FormField name="name" label="Name" required hint="What the record calls it, such as the job that uses it.">
              <Input maxLength={60} autoComplete="off" placeholder="Nightly report" />
            </FormField>
            <PortalChoices portals={portals} chosen={chosen} />
            <ExpiryField />
            <SubmitButton className="w-fit">Create service token</SubmitButton>
          </div>
        );
      }}
    </ActionForm>
  );
}

export function ExpiryField() {
  const { serviceTokenDaysDefault: days, serviceTokenDaysMax: daysMax } = limits;
  return (
    <FormField name="days" label="Expires after (days)" required hint={`1 to ${daysMax}. A new secret starts the time anew.`}>
      <Input type="number" inputMode="numeric" min={1} max={daysMax} defaultValue={String(days)} />
    </FormField>
  );
}
