"use client";

import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Alert } from "@/components/ui/alert";
import { Textarea } from "@/components/ui/textarea";
import type { FormState } from "@/lib/form";
import { addPeopleAction } from "@/lib/groups/actions";
import type { AddedPeople } from "@/lib/groups/commands";

/** Takes many addresses at once; what was none stays in the field to be mended. */
export function AddPeopleForm({ org, groupId }: { org: string; groupId: string }) {
  return (
    <ActionForm action={addPeopleAction} org={org} hidden={{ groupId }} className="my-6 max-w-[480px]">
      {(state) => {
        const done = addedIn(state);
        return (
          <>
            <FormField
              name="emails"
              label="Add people"
              hint="E-mail addresses, separated by commas, spaces or lines."
              error={done && done.bad.length > 0 ? "these are not e-mail addresses" : undefined}
              required
            >
              <Textarea key={done?.bad.join()} rows={3} spellCheck={false} className="font-mono" defaultValue={done?.bad.join("\n")} />
            </FormField>
            <SubmitButton className="self-start">Add</SubmitButton>
            {done && <Alert variant={done.bad.length > 0 ? "warn" : "ok"}>{outcome(done)}</Alert>}
          </>
        );
      }}
    </ActionForm>
  );
}

function outcome({ added, already, bad }: AddedPeople): string {
  const parts = [
    `${added} added`,
    already > 0 && `${already} ${already === 1 ? "was" : "were"} in the group already`,
    bad.length > 0 && `${bad.length} could not be read and ${bad.length === 1 ? "stays" : "stay"} above`,
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}

// `FormState.data` is unknown because every command gives back its own.
function addedIn(state: FormState): AddedPeople | null {
  const data = state.data;
  return state.status === "ok" && typeof data === "object" && data !== null && "bad" in data ? (data as AddedPeople) : null;
}
