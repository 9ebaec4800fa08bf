import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Textarea } from "@/components/ui/textarea";
import { setClientRulesAction } from "@/lib/oauth/actions";
import type { ClientRules } from "@/lib/oauth/client-rules";
import { vendors } from "@/lib/oauth/vendors";
import { ClientChoices } from "./client-choices";

/** Which apps people may connect to the portals of an organization. */
export function ClientRulesForm({ org, rules }: { org: string; rules: ClientRules }) {
  return (
    <ActionForm action={setClientRulesAction} org={org} aria-label="Clients">
      {/* Keyed, so that a form that React resets after its action starts from what is saved. */}
      <div key={JSON.stringify(rules)} className="flex flex-col gap-6">
        <ClientChoices rules={rules} />
        <FormField
          name="redirects"
          label="Further redirect URIs"
          optional
          hint="One a line, exactly as the app sends it. One that ends in / stands for everything below it; a localhost one without a port for any port."
        >
          <Textarea
            rows={3}
            spellCheck={false}
            className="font-mono"
            placeholder="https://app.example/oauth/callback"
            defaultValue={rules.redirects.join("\n")}
          />
        </FormField>
        <FormField name="clientIds" label="Further client ids" optional hint="One a line: an app with one of these ids, wherever it returns to.">
          <Textarea rows={3} spellCheck={false} className="font-mono" placeholder="https://app.example/client.json" defaultValue={rules.clientIds.join("\n")} />
        </FormField>
        <p className="text-muted-foreground text-table">
          People whose app is not on the list read which app it was and whom to ask. Apps that are connected already are signed out at their next refresh; to
          end them now, sign them out under People.
        </p>
      </div>
      <SubmitButton className="w-fit">Save</SubmitButton>
    </ActionForm>
  );
}

/** The same for those who only read. */
export function ClientList({ rules }: { rules: ClientRules }) {
  if (rules.clients === "any") return <p>People may connect any app.</p>;
  const known = vendors.filter((vendor) => rules.vendors.includes(vendor.id)).map((vendor) => vendor.name);
  return (
    <dl className="grid grid-cols-[8rem_1fr] gap-y-2 text-sm">
      <dt className="text-muted-foreground">Known apps</dt>
      <dd>{known.join(", ") || "none"}</dd>
      <dt className="text-muted-foreground">Redirect URIs</dt>
      <dd className="wrap-anywhere font-mono">{rules.redirects.join(" ") || "none"}</dd>
      <dt className="text-muted-foreground">Client ids</dt>
      <dd className="wrap-anywhere font-mono">{rules.clientIds.join(" ") || "none"}</dd>
    </dl>
  );
}
