import { ActionForm } from "@/components/shared/action-form";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { dropUpstreamClientAction, setServerOAuthAction, setUpstreamClientAction } from "@/lib/connections/actions";
import type { ServerOAuthPage } from "@/lib/connections/queries";
import { CallbackUrl } from "./callback-url";
import { DiscoverForm } from "./discovery";

export type OAuthSetupProps = { org: string; serverId: string; oauth: ServerOAuthPage };

/** What an admin may say about a server's OAuth. Nothing at all is the usual case: it is discovered. */
export function OAuthSetup({ org, serverId, oauth }: OAuthSetupProps) {
  return (
    <section aria-labelledby="oauth" className="flex flex-col gap-5">
      <h2 id="oauth" className="font-semibold">
        OAuth
      </h2>
      <CallbackUrl value={oauth.callbackUrl} />
      <DiscoverForm org={org} serverId={serverId} />
      <Registration org={org} serverId={serverId} client={oauth.client} />
      <ActionForm action={setServerOAuthAction} org={org} hidden={{ serverId }}>
        <FormField name="scopes" label="Scopes" optional hint="Beside what the server asks for, separated by spaces.">
          <Input defaultValue={oauth.settings.scopes.join(" ")} spellCheck={false} autoComplete="off" className="font-mono" />
        </FormField>
        <Advanced settings={oauth.settings} />
        <SubmitButton className="w-fit">Save OAuth</SubmitButton>
      </ActionForm>
    </section>
  );
}

function Advanced({ settings: { manual, allowUnannouncedS256 } }: { settings: ServerOAuthPage["settings"] }) {
  return (
    <details open={manual !== null || allowUnannouncedS256}>
      <summary className="w-fit text-primary hover:underline">Advanced</summary>
      <div className="mt-4 flex flex-col gap-4">
        <label htmlFor="unannounced-s256" className="flex items-start gap-2">
          <Checkbox id="unannounced-s256" name="allowUnannouncedS256" value="on" defaultChecked={allowUnannouncedS256} className="mt-1" />
          <span>
            The provider supports PKCE with S256 without announcing it
            <span className="block text-muted-foreground text-table">Only when the provider’s own pages say so; without PKCE a sign-in can be stolen.</span>
          </span>
        </label>
        <p className="text-muted-foreground text-table">
          Endpoints by hand, for a server whose provider cannot be discovered. Other ones end every connection there is.
        </p>
        {endpoints.map(({ name, label, isOptional }) => (
          <FormField key={name} name={name} label={label} optional={isOptional}>
            <Input type="url" defaultValue={manual?.[name]} spellCheck={false} autoComplete="off" className="font-mono" />
          </FormField>
        ))}
      </div>
    </details>
  );
}

const endpoints = [
  { name: "issuer", label: "Issuer", isOptional: false },
  { name: "authorizationEndpoint", label: "Authorization endpoint", isOptional: false },
  { name: "tokenEndpoint", label: "Token endpoint", isOptional: false },
  { name: "revocationEndpoint", label: "Revocation endpoint", isOptional: true },
] as const;

function Registration({ org, serverId, client }: { org: string; serverId: string; client: ServerOAuthPage["client"] }) {
  const isByHand = client?.origin === "admin";
  return (
    <div className="flex flex-col gap-3">
      <h3 className="font-medium">Registration</h3>
      <p className="text-muted-foreground">
        {client ? (
          <>
            {origins[client.origin]} at <UntrustedText text={client.issuer} max={200} className="font-mono text-foreground text-table" /> as{" "}
            <UntrustedText text={client.clientId} max={200} className="font-mono text-foreground text-table" />.
          </>
        ) : (
          "None yet. Gatehouse registers itself at the first sign-in, where the provider takes that."
        )}
      </p>
      <details open={isByHand}>
        <summary className="w-fit text-primary hover:underline">{isByHand ? "Change what was entered" : "Enter a client that is registered by hand"}</summary>
        <ActionForm action={setUpstreamClientAction} org={org} hidden={{ serverId }} className="mt-4">
          <FormField name="issuer" label="Issuer" required hint="As Discover shows it; the client belongs to it alone.">
            <Input type="url" defaultValue={client?.issuer} spellCheck={false} autoComplete="off" className="font-mono" />
          </FormField>
          <FormField name="clientId" label="Client ID" required hint="Another one ends every connection there is.">
            <Input defaultValue={isByHand ? client.clientId : undefined} spellCheck={false} autoComplete="off" className="font-mono" />
          </FormField>
          <FormField
            name="clientSecret"
            label="Client secret"
            optional
            hint={isByHand ? "Left empty, the one that is set stays." : "Kept encrypted and never shown again."}
          >
            <Input type="password" spellCheck={false} autoComplete="off" className="font-mono" />
          </FormField>
          <FormField name="authentication" label="How the secret is sent" hint="Automatic suits nearly every provider.">
            <Select defaultValue="auto">
              <option value="auto">Automatic</option>
              <option value="client_secret_basic">In a header (client_secret_basic)</option>
              <option value="client_secret_post">In the body (client_secret_post)</option>
              <option value="none">There is none</option>
            </Select>
          </FormField>
          <SubmitButton className="w-fit">Save client</SubmitButton>
        </ActionForm>
      </details>
      {isByHand && (
        <ConfirmDialog
          trigger="Remove client"
          title="Remove the client?"
          consequence="Every connection at this server ends. Gatehouse registers itself again where the provider takes that."
          confirmLabel="Remove client"
          action={dropUpstreamClientAction}
          org={org}
          fields={{ serverId }}
        />
      )}
    </div>
  );
}

const origins = { admin: "Registered by hand", document: "Known by its published description", registration: "Registered by itself" } as const;
