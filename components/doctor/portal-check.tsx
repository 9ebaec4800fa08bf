"use client";

import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { Checkbox } from "@/components/ui/checkbox";
import { checkPortalAction } from "@/lib/doctor/actions";
import type { FormState } from "@/lib/form";
import { CheckOutcome, reportOf } from "./check-outcome";

type App = { id: string; name: string; from: "cloud" | "computer" };

/** Which apps to try, and what came of it. */
export function PortalCheck({ org, portalId, apps }: { org: string; portalId: string; apps: App[] }) {
  return (
    <ActionForm action={checkPortalAction} org={org} hidden={{ portalId }} showsMessage={false} className="gap-5">
      {(state, isPending) => (
        <>
          <Apps key={chosenIn(state, apps).join(" ")} apps={apps} chosen={chosenIn(state, apps)} />
          <SubmitButton className="w-fit" pendingText="Trying them, up to half a minute…">
            Try them
          </SubmitButton>
          <CheckOutcome state={state} isPending={isPending} org={org} />
        </>
      )}
    </ActionForm>
  );
}

function Apps({ apps, chosen }: { apps: App[]; chosen: string[] }) {
  return (
    <fieldset className="grid gap-2.5 sm:grid-cols-2">
      <legend className="mb-1.5 font-medium">Apps to try</legend>
      {apps.map(({ id, name, from }) => (
        <div key={id} className="flex items-start gap-2.5">
          <Checkbox id={`app-${id}`} name="client" value={id} defaultChecked={chosen.includes(id)} className="mt-0.5" />
          <label htmlFor={`app-${id}`}>
            {name}
            <span className="block text-muted-foreground text-table">{origins[from]}</span>
          </label>
        </div>
      ))}
    </fieldset>
  );
}

const origins = { cloud: "Connects from its vendor’s servers", computer: "Connects from the person’s machine" } as const;

/** The ticks stay as they were sent. */
function chosenIn(state: FormState, apps: readonly App[]): string[] {
  if (state.status === "error") return [state.values?.client ?? []].flat();
  return reportOf(state)?.walks.map(({ id }) => id) ?? apps.map(({ id }) => id);
}
