"use client";

import { useEffect, useRef } from "react";
import { ActionForm, type FormAction } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { Button, type ButtonProps } from "@/components/ui/button";
import type { Leaving } from "@/lib/connections/begin";
import type { FormState } from "@/lib/form";

export type LeaveFormProps = {
  action: FormAction;
  org?: string;
  hidden: Record<string, string>;
  /** The verb on the button: "Connect the shared account". */
  label: string;
  serverName: string;
  variant?: ButtonProps["variant"];
  /** Asks at once, without a click, where JavaScript runs: the page is about nothing else. */
  isEager?: boolean;
};

/** Asks where a server signs people in, then shows that host with the link that leads there (UP-15). Leaving takes a click of its own. */
export function LeaveForm({ action, org, hidden, label, serverName, variant, isEager = false }: LeaveFormProps) {
  const at = useRef<HTMLDivElement>(null);
  const hasAsked = useRef(false);
  useEffect(() => {
    if (!isEager || hasAsked.current) return;
    hasAsked.current = true;
    at.current?.closest("form")?.requestSubmit();
  }, [isEager]);
  return (
    <ActionForm action={action} org={org} hidden={hidden}>
      {(state, isPending) => {
        const leaving = isPending ? null : leavingOf(state);
        return (
          <div ref={at} className="flex flex-col items-start gap-3">
            {leaving ? (
              <Out leaving={leaving} serverName={serverName} />
            ) : (
              <SubmitButton pendingText={`Asking ${serverName} where it signs people in…`} variant={variant} wraps>
                {state.status === "error" ? "Try again" : label}
              </SubmitButton>
            )}
          </div>
        );
      }}
    </ActionForm>
  );
}

function Out({ leaving, serverName }: { leaving: Leaving; serverName: string }) {
  return (
    <>
      <p role="status">
        {serverName} signs people in at <strong className="wrap-anywhere font-mono font-medium text-table">{leaving.host}</strong>. You come back here
        afterwards. Go on only if you know this address.
      </p>
      <Button asChild wraps>
        <a href={leaving.url} rel="noreferrer">
          Continue to {leaving.host}
        </a>
      </Button>
    </>
  );
}

// `FormState.data` is unknown because every command gives back its own. No other scheme is ever put in a link.
function leavingOf({ status, data }: FormState): Leaving | null {
  if (status !== "ok" || typeof data !== "object" || data === null || !("url" in data && "host" in data)) return null;
  return /^https?:\/\//.test(String(data.url)) ? (data as Leaving) : null;
}
