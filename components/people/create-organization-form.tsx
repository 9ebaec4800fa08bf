"use client";

import { useEffect, useRef, useState } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { createOrganizationAction } from "@/lib/orgs/actions";
import type { SlugAvailability } from "@/lib/orgs/queries";
import { organizationSlugSchema, suggestSlug } from "@/lib/orgs/schema";

/** The address follows the name until it is typed itself, and is checked as it changes; the server decides either way. */
export function CreateOrganizationForm({ origin }: { origin: string }) {
  const slugInput = useRef<HTMLInputElement>(null);
  const [slug, setSlug] = useState("");
  const [isOwn, setOwn] = useState(false);
  const check = useSlugCheck(slug);
  const suggest = (name: string) => {
    if (isOwn || !slugInput.current) return;
    slugInput.current.value = suggestSlug(name);
    setSlug(slugInput.current.value);
  };
  const type = (typed: string) => {
    setOwn(typed !== "");
    setSlug(typed.trim().toLowerCase());
  };
  return (
    <ActionForm action={createOrganizationAction} className="max-w-[480px]">
      <FormField name="name" label="Name" required>
        <Input maxLength={80} placeholder="Acme" autoComplete="organization" onChange={(event) => suggest(event.target.value)} />
      </FormField>
      <FormField name="slug" label="Address" hint={`Part of every portal's URL (${origin}/mcp/${slug || "acme"}/…); it cannot change later.`} required>
        <Input
          ref={slugInput}
          maxLength={32}
          placeholder="acme"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          className="font-mono"
          onChange={(event) => type(event.target.value)}
        />
      </FormField>
      <p role="status" className="text-table empty:hidden">
        {check?.available === true && <span className="text-ok">`{slug}` is available.</span>}
        {check?.available === false && (
          <span className="text-error">
            `{slug}`: {check.reason}.
          </span>
        )}
      </p>
      <SubmitButton className="self-start">Create organization</SubmitButton>
    </ActionForm>
  );
}

/** Asks the server 300 ms after the last key; what the browser can tell itself it tells at once. */
function useSlugCheck(slug: string): SlugAvailability | null {
  const [answer, setAnswer] = useState<(SlugAvailability & { slug: string }) | null>(null);
  const problem = slug === "" ? null : organizationSlugSchema.safeParse(slug).error?.issues[0]?.message;
  const isWorthAsking = slug !== "" && !problem;
  useEffect(() => {
    if (!isWorthAsking) return;
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const response = await fetch(`/api/slug?slug=${encodeURIComponent(slug)}`, { signal: stop.signal });
        if (response.ok) setAnswer({ slug, ...(await response.json()) });
      } catch {
        // Offline or overtaken by the next key: the form's own answer will do.
      }
    }, 300);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [slug, isWorthAsking]);
  if (problem) return { available: false, reason: problem };
  return isWorthAsking && answer?.slug === slug ? answer : null;
}
