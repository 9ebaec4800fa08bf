"use client";

import { useState } from "react";
import { FormField } from "@/components/shared/form-field";
import { useHydrated } from "@/components/shared/use-hydrated";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";

type Kind = "none" | "bearer" | "headers";

/** How the server is asked: nothing, a bearer token, or headers. Without JavaScript all fields stand there and the choice says which count. */
export function CredentialFields({ initial = "none" }: { initial?: Kind }) {
  const [kind, setKind] = useState<string>(initial);
  const showsAll = !useHydrated();
  return (
    <>
      <FormField name="auth" label="Authentication" hint="Kept encrypted and never shown again.">
        <Select defaultValue={initial} onChange={(event) => setKind(event.target.value)}>
          <option value="none">None</option>
          <option value="bearer">Bearer token</option>
          <option value="headers">Custom headers</option>
        </Select>
      </FormField>
      {(showsAll || kind === "bearer") && (
        <FormField name="token" label="Bearer token">
          <Input type="password" autoComplete="off" spellCheck={false} className="font-mono" />
        </FormField>
      )}
      {(showsAll || kind === "headers") && (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-1.5 font-medium">Headers</legend>
          {[1, 2, 3].map((row) => (
            <div key={row} className="grid grid-cols-2 gap-2">
              <FormField name="headerName" label={`Name ${row}`}>
                <Input spellCheck={false} placeholder={row === 1 ? "X-Api-Key" : undefined} className="font-mono" />
              </FormField>
              <FormField name="headerValue" label={`Value ${row}`}>
                <Input type="password" autoComplete="off" spellCheck={false} className="font-mono" />
              </FormField>
            </div>
          ))}
        </fieldset>
      )}
    </>
  );
}
