"use client";

import { ActionForm, type FormAction } from "@/components/shared/action-form";
import { CopyField } from "@/components/shared/copy-field";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import type { FormState } from "@/lib/form";
import { rotateWebhookSecretAction, sendTestNoticeAction, setWebhookAction } from "@/lib/notices/actions";
import { SendSwitch } from "./send-switch";

/** Where notices are posted to. A secret that was made is shown in the answer to the form, and never again. */
export function WebhookForm({ org, url, isOn }: { org: string; url: string; isOn: boolean }) {
  return (
    <ActionForm action={setWebhookAction} org={org} aria-label="Webhook">
      {(state) => (
        <>
          <FormField name="url" label="URL" hint="https, reachable from here. Empty and saved, the webhook is taken away.">
            <Input
              key={url}
              type="url"
              defaultValue={url}
              maxLength={2_000}
              spellCheck={false}
              className="font-mono"
              placeholder="https://hooks.example.com/gatehouse"
            />
          </FormField>
          <SendSwitch isOn={isOn}>Post notices there</SendSwitch>
          <SubmitButton className="w-fit">Save webhook</SubmitButton>
          <Secret title="Its secret, shown this once" state={state} />
        </>
      )}
    </ActionForm>
  );
}

/** A new secret for the webhook that is there. */
export function NewSecretForm({ org }: { org: string }) {
  return <OneButton org={org} action={rotateWebhookSecretAction} label="Make a new secret" />;
}

/** Posts a test now, and says what came of it. */
export function TestForm({ org }: { org: string }) {
  return <OneButton org={org} action={sendTestNoticeAction} label="Send a test" />;
}

function OneButton({ org, action, label }: { org: string; action: FormAction; label: string }) {
  return (
    <ActionForm action={action} org={org} aria-label={label}>
      {(state) => (
        <>
          <SubmitButton variant="secondary" className="w-fit">
            {label}
          </SubmitButton>
          <Secret title="The new secret, shown this once" state={state} />
        </>
      )}
    </ActionForm>
  );
}

function Secret({ title, state }: { title: string; state: FormState }) {
  const secret = secretOf(state);
  if (!secret) return null;
  return (
    <div className="flex flex-col gap-1.5">
      <p className="font-medium">{title}</p>
      <CopyField value={secret} label="secret" />
      <p className="text-muted-foreground text-table">Give it to whoever receives the posts: each is signed with it.</p>
    </div>
  );
}

// `FormState.data` is unknown because every command gives back its own.
function secretOf({ status, data }: FormState): string | null {
  if (status !== "ok" || typeof data !== "object" || data === null || !("secret" in data)) return null;
  return typeof data.secret === "string" ? data.secret : null;
}
