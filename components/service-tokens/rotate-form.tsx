"use client";

import { useContext } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { FormStateContext } from "@/components/shared/field-context";
import { RadioChoices } from "@/components/shared/radio-choices";
import { SubmitButton } from "@/components/shared/submit-button";
import { rotateServiceTokenAction } from "@/lib/service-tokens/actions";
import { ExpiryField } from "./create-form";
import { FreshSecretPanel, freshSecretIn } from "./fresh-secret";

/** A new secret for a token that goes on; shown once, in place of the form. */
export function RotateTokenForm({ org, id }: { org: string; id: string }) {
  return (
    <ActionForm action={rotateServiceTokenAction} org={org} hidden={{ serviceTokenId: id }} aria-label="New secret">
      {(state) => {
        const made = freshSecretIn(state);
        if (made) return <FreshSecretPanel made={made} base={`/admin/${org}/settings/tokens`} />;
        return (
          <div className="flex max-w-[480px] flex-col gap-6">
            <OverlapChoices />
            <ExpiryField />
            <SubmitButton variant="secondary" className="w-fit">
              Make a new secret
            </SubmitButton>
          </div>
        );
      }}
    </ActionForm>
  );
}

function OverlapChoices() {
  const { status, values } = useContext(FormStateContext);
  return <RadioChoices legend="The present secret" name="overlap" chosen={status === "error" ? values?.overlap : "24"} choices={choices} />;
}

const choices = [
  { value: "24", label: "Works for another day", words: "Time to hand the new one over; both work until then." },
  { value: "168", label: "Works for another week", words: "For jobs that run seldom." },
  { value: "1", label: "Works for another hour", words: "When the new one is in place quickly." },
  { value: "0", label: "Ends now", words: "When it may have leaked: access tokens that were fetched with it end too." },
] as const;
