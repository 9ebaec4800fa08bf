"use client";

import { useRef, useState, useTransition } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { useHydrated } from "@/components/shared/use-hydrated";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { createServerAction, probeServerAction } from "@/lib/servers/actions";
import type { ProbeFinding } from "@/lib/servers/probe";
import { suggestSlug } from "@/lib/servers/schema";
import { CredentialFields } from "./credential-fields";

/** URL first: on leaving the field it is probed and the finding shown; then the rest. Without JavaScript it is one form. */
export function AddServerForm({ org, callbackUrl }: { org: string; callbackUrl: string }) {
  const isHydrated = useHydrated();
  const form = useRef<HTMLDivElement>(null);
  const probed = useRef("");
  const [finding, setFinding] = useState<Finding | null>(null);
  const [name, setName] = useState("");
  const [slug, setSlug] = useState<string | null>(null);
  const [isProbing, startProbe] = useTransition();

  const probe = () => {
    const fields = form.current?.closest("form");
    if (!fields) return;
    const data = new FormData();
    data.set("org", org);
    for (const [key, value] of new FormData(fields)) if (/^(url|auth|token|headerName|headerValue)$/.test(key)) data.append(key, value);
    const asked = JSON.stringify([...data]);
    if (!data.get("url") || asked === probed.current) return;
    probed.current = asked;
    startProbe(async () => {
      const state = await probeServerAction({ status: "idle" }, data);
      // Another question was asked meanwhile.
      if (probed.current !== asked) return;
      const found = state.status === "ok" && isFinding(state.data) ? state.data : null;
      setFinding(found ?? { kind: "failed", words: state.fields?.url ?? state.fields?.token ?? state.message ?? "could not be probed" });
      if (found?.kind === "mcp" && found.name) setName((typed) => typed || found.name);
    });
  };
  const showsRest = !isHydrated || finding !== null;
  return (
    <ActionForm action={createServerAction} org={org} className="max-w-[480px]">
      <div ref={form} className="flex flex-col gap-5">
        <FormField name="url" label="URL" required hint="The address of the MCP endpoint, often ending in /mcp.">
          <Input
            type="url"
            autoFocus
            inputMode="url"
            spellCheck={false}
            placeholder="https://mcp.example.com/mcp"
            onBlur={probe}
            className="h-11 font-mono text-base"
          />
        </FormField>
        <div role="status">{isProbing ? <p className="text-muted-foreground">Asking the server…</p> : finding && <FindingNote finding={finding} />}</div>
        {!showsRest && (
          <Button type="button" className="w-fit" onClick={probe} disabled={isProbing}>
            Continue
          </Button>
        )}
        <div className={showsRest ? "flex flex-col gap-5" : "hidden"}>
          <FormField name="name" label="Name" required={showsRest}>
            {/* Once JavaScript runs, the finding fills name and slug in; before that they are ordinary fields. */}
            {isHydrated ? <Input key="live" value={name} maxLength={80} onChange={(event) => setName(event.target.value)} /> : <Input maxLength={80} />}
          </FormField>
          <FormField
            name="slug"
            label="Short name"
            required={showsRest}
            hint="Up to 12 of a–z, 0–9 and -. It goes before a tool's name where two servers clash."
          >
            {isHydrated ? (
              <Input
                key="live"
                value={slug ?? (name ? suggestSlug(name) : "")}
                maxLength={12}
                spellCheck={false}
                className="font-mono"
                onChange={(event) => setSlug(event.target.value)}
              />
            ) : (
              <Input maxLength={12} spellCheck={false} className="font-mono" />
            )}
          </FormField>
          <FormField name="description" label="Description" optional>
            <Textarea maxLength={500} />
          </FormField>
          <CredentialFields org={org} callbackUrl={callbackUrl} hasUrl />
          <div className="flex gap-2">
            <SubmitButton pendingText="Adding…">Add server</SubmitButton>
            {isHydrated && (
              <Button type="button" variant="secondary" onClick={probe} disabled={isProbing}>
                Ask the server again
              </Button>
            )}
          </div>
        </div>
      </div>
    </ActionForm>
  );
}

type Finding = Pick<ProbeFinding, "kind" | "words">;

function FindingNote({ finding }: { finding: Finding }) {
  return (
    <Alert variant={finding.kind === "mcp" ? "ok" : "warn"}>
      <UntrustedText text={finding.words} max={400} className="inline-block first-letter:uppercase" />
      {finding.kind === "unauthorized" && " Choose how to authenticate below."}
      {finding.kind === "failed" && " You can correct the URL, or add the server as it is."}
    </Alert>
  );
}

// `FormState.data` is unknown because every command gives back its own.
function isFinding(data: unknown): data is ProbeFinding {
  return typeof data === "object" && data !== null && "kind" in data && "words" in data;
}
