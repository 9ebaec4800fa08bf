"use client";

import { useState } from "react";
import { FormField } from "@/components/shared/form-field";
import { useHydrated } from "@/components/shared/use-hydrated";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { CallbackUrl } from "./callback-url";
import { DiscoverButton } from "./discovery";

type Kind = "none" | "bearer" | "headers" | "oauth";
export type CredentialFieldsProps = {
  initial?: Kind;
  org: string;
  callbackUrl: string /** The form has the server's URL, so it can be asked. */;
  hasUrl?: boolean;
};

/** How the server is asked: nothing, a bearer token, headers, or OAuth. Without JavaScript all fields stand there and the choice says which count. */
export function CredentialFields({ initial = "none", org, callbackUrl, hasUrl = false }: CredentialFieldsProps) {
  const [kind, setKind] = useState<string>(initial);
  const showsAll = !useHydrated();
  return (
    <>
      <FormField
        name="auth"
        label="Authentication"
        hint={kind === "oauth" && !showsAll ? "Accounts sign in at the server’s provider." : "Kept encrypted and never shown again."}
      >
        <Select defaultValue={initial} onChange={(event) => setKind(event.target.value)}>
          <option value="none">None</option>
          <option value="bearer">Bearer token</option>
          <option value="headers">Custom headers</option>
          <option value="oauth">OAuth</option>
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
      {initial !== "oauth" && (showsAll || kind === "oauth") && (
        <div className="flex flex-col gap-4 border-l-2 pl-4">
          <CallbackUrl value={callbackUrl} />
          {hasUrl && <DiscoverButton org={org} />}
          {hasUrl && <FirstClient />}
          <p className="text-muted-foreground text-table">
            After saving, connect the account that is used to read what the server offers. Endpoints by hand are in its settings.
          </p>
        </div>
      )}
    </>
  );
}

/** What a provider may want that takes no automatic registration; all of it may stay empty. */
function FirstClient() {
  return (
    <>
      <FormField name="scopes" label="Scopes" optional hint="Beside what the server asks for, separated by spaces.">
        <Input spellCheck={false} autoComplete="off" className="font-mono" />
      </FormField>
      <FormField name="clientId" label="Client ID" optional hint="Only where Discover says that a client is registered by hand; with the callback URL above.">
        <Input spellCheck={false} autoComplete="off" className="font-mono" />
      </FormField>
      <FormField name="clientSecret" label="Client secret" optional hint="Kept encrypted and never shown again.">
        <Input type="password" spellCheck={false} autoComplete="off" className="font-mono" />
      </FormField>
    </>
  );
}
