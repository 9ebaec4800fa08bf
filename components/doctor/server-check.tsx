"use client";

import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { checkServerAction } from "@/lib/doctor/actions";
import { CheckOutcome } from "./check-outcome";

export function ServerCheck({ org, serverId }: { org: string; serverId: string }) {
  return (
    <ActionForm action={checkServerAction} org={org} hidden={{ serverId }} showsMessage={false} className="gap-5">
      {(state, isPending) => (
        <>
          <SubmitButton className="w-fit" pendingText="Looking, up to half a minute…">
            Look now
          </SubmitButton>
          <CheckOutcome state={state} isPending={isPending} org={org} />
        </>
      )}
    </ActionForm>
  );
}
