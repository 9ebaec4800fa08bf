"use client";

import { useRef, useState, useTransition } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { useHydrated } from "@/components/shared/use-hydrated";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { discoverAction } from "@/lib/connections/actions";
import type { Discovery } from "@/lib/connections/discovery";
import type { FormState } from "@/lib/form";

/** Asks a saved server how people sign in to it; a form of its own. */
export function DiscoverForm({ org, serverId }: { org: string; serverId: string }) {
  return (
    <ActionForm action={discoverAction} org={org} hidden={{ serverId }} showsMessage={false} className="gap-3">
      {(state, isPending) => (
        <>
          <SubmitButton variant="secondary" className="w-fit" pendingText="Asking…">
            Discover
          </SubmitButton>
          <Answer state={isPending ? null : state} />
        </>
      )}
    </ActionForm>
  );
}

/** The same inside the form of a server that is not saved yet, by the URL that stands there. */
export function DiscoverButton({ org }: { org: string }) {
  const at = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<FormState | null>(null);
  const [isAsking, start] = useTransition();
  const ask = () => {
    const form = new FormData();
    form.set("org", org);
    form.set("url", at.current?.closest("form")?.querySelector<HTMLInputElement>('input[name="url"]')?.value ?? "");
    start(async () => setState(await discoverAction({ status: "idle" }, form)));
  };
  if (!useHydrated()) return null;
  return (
    <div ref={at} className="flex flex-col gap-3">
      <Button type="button" variant="secondary" className="w-fit" onClick={ask} disabled={isAsking} aria-busy={isAsking || undefined}>
        {isAsking ? "Asking…" : "Discover"}
      </Button>
      <Answer state={isAsking ? null : state} />
    </div>
  );
}

function Answer({ state }: { state: FormState | null }) {
  return (
    <div role="status" className="empty:hidden">
      {state && state.status !== "idle" && <Words state={state} />}
    </div>
  );
}

function Words({ state }: { state: FormState }) {
  const found = state.status === "ok" && isDiscovery(state.data) ? state.data : null;
  if (!found) return <Alert variant="warn">{state.fields?.url ?? state.message ?? "It could not be asked."}</Alert>;
  if (found.kind === "failed") {
    return (
      <Alert variant="warn">
        <p className="first-letter:uppercase">{found.words}.</p>
        {found.detail && <UntrustedText text={found.detail} max={300} className="text-table" />}
      </Alert>
    );
  }
  return (
    <Alert variant="ok">
      <p>
        People sign in at <UntrustedText text={found.host} max={200} className="font-mono text-table" />.
      </p>
      <ul className="mt-1 list-disc pl-4 text-table">
        <li>
          Issuer: <UntrustedText text={found.issuer} max={300} className="font-mono" />
        </li>
        <li>{registrations[found.registration]}</li>
        <li>PKCE with S256 protects every sign-in.</li>
        {found.scopes.length > 0 && (
          <li>
            Scopes it names: <UntrustedText text={found.scopes.join(" ")} max={400} className="font-mono" />
          </li>
        )}
      </ul>
    </Alert>
  );
}

const registrations = {
  document: "Gatehouse is known there by its published description; nothing to register.",
  automatic: "Gatehouse registers itself there; nothing to do.",
  by_hand: "It takes no automatic registration: register Gatehouse there by hand and enter the client ID.",
} as const;

// `FormState.data` is unknown because every command gives back its own.
function isDiscovery(data: unknown): data is Discovery {
  return typeof data === "object" && data !== null && "kind" in data && (data.kind === "found" || data.kind === "failed");
}
