"use client";

import { useContext } from "react";
import { FormStateContext } from "@/components/shared/field-context";
import { RadioChoices } from "@/components/shared/radio-choices";
import { Checkbox } from "@/components/ui/checkbox";
import type { ClientRules } from "@/lib/oauth/client-rules";
import { vendors } from "@/lib/oauth/vendors";

/** Any app or a list, and the ticks of the known ones. After a refusal they stand as they were sent, not as they are stored. */
export function ClientChoices({ rules }: { rules: Pick<ClientRules, "clients" | "vendors"> }) {
  const { status, values } = useContext(FormStateContext);
  const sent = status === "error" ? values : undefined;
  const chosen = sent ? sent.clients : rules.clients;
  const ticked = sent ? [sent.vendor ?? []].flat() : rules.vendors;
  return (
    <>
      <RadioChoices legend="Which apps may people connect" name="clients" chosen={chosen} choices={choices} />
      <fieldset className="flex flex-col gap-2.5">
        <legend className="mb-1.5 font-medium">Known apps on the list</legend>
        {vendors.map(({ id, name, words }) => (
          <div key={id} className="flex items-start gap-2.5">
            <Checkbox id={`vendor-${id}`} name="vendor" value={id} defaultChecked={ticked.includes(id)} className="mt-0.5" />
            <label htmlFor={`vendor-${id}`}>
              {name}
              <span className="block text-muted-foreground text-table">{words}</span>
            </label>
          </div>
        ))}
      </fieldset>
    </>
  );
}

const choices = [
  { value: "any", label: "Any app", words: "Each person still decides, app by app, on the consent page." },
  { value: "listed", label: "Only those on the list", words: "Everything else is refused before anybody is asked." },
] as const;
