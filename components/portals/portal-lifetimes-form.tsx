import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { limits } from "@/lib/limits";
import { setPortalLifetimesAction } from "@/lib/portals/actions";
import type { Portal } from "@/lib/portals/queries";

/** How long an app works without refreshing, and how long without its person. */
export function PortalLifetimesForm({ org, portal }: { org: string; portal: Portal }) {
  const minutes = String((portal.accessTokenSeconds ?? limits.accessTokenSeconds) / 60);
  const days = String(portal.grantDays ?? limits.refreshAbsoluteSeconds / 86_400);
  return (
    <section aria-labelledby="lifetimes" className="flex flex-col gap-3">
      <h2 id="lifetimes" className="font-semibold">
        How long apps stay connected
      </h2>
      <p className="text-muted-foreground">
        Policies are asked on every call, and signing an app out ends it at once; these are the longest times without either. An app that is not used for{" "}
        {limits.refreshIdleSeconds / 86_400} days has to connect again anyway.
      </p>
      <ActionForm action={setPortalLifetimesAction} org={org} hidden={{ portalId: portal.id }}>
        {/* Keyed, so that a form that React resets after its action starts from what is saved. */}
        <div key={`${minutes} ${days}`} className="flex flex-col gap-4">
          <FormField
            name="accessTokenMinutes"
            label="Access token (minutes)"
            required
            hint="How often an app fetches a new one, without its person. 5 to 1440."
          >
            <Input type="number" inputMode="numeric" min={5} max={1_440} defaultValue={minutes} />
          </FormField>
          <FormField
            name="grantDays"
            label="Sign in again after (days)"
            required
            hint="1 to 365. A shorter time counts for connected apps too, from when they next refresh; a longer one for new connections."
          >
            <Input type="number" inputMode="numeric" min={1} max={365} defaultValue={days} />
          </FormField>
        </div>
        <SubmitButton variant="secondary" className="w-fit">
          Save
        </SubmitButton>
      </ActionForm>
    </section>
  );
}
