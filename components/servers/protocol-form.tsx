import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Time } from "@/components/shared/time";
import { Select } from "@/components/ui/select";
import { setServerProtocolAction } from "@/lib/servers/actions";
import type { ServerPage } from "@/lib/servers/queries";

/** Which era of MCP a server is spoken to in, and what was found out about it. */
export function ProtocolForm({ org, server }: { org: string; server: ServerPage }) {
  return (
    <section aria-labelledby="protocol" className="flex flex-col gap-3">
      <h2 id="protocol" className="font-semibold">
        Protocol
      </h2>
      <p className="text-muted-foreground">
        <Finding server={server} />
      </p>
      <ActionForm action={setServerProtocolAction} org={org} hidden={{ serverId: server.id }}>
        <FormField name="protocol" label="Speak to it" hint="Automatic suits nearly every server. Another choice has it asked anew at once.">
          <Select key={server.protocol} defaultValue={server.protocol}>
            <option value="auto">Automatic</option>
            <option value="current">Current (2026-07-28)</option>
            <option value="session">Sessions (2025 and older)</option>
          </Select>
        </FormField>
        <SubmitButton variant="secondary" className="w-fit">
          Save
        </SubmitButton>
      </ActionForm>
    </section>
  );
}

function Finding({ server: { era, protocolVersion, transport, probedAt } }: { server: ServerPage }) {
  if (era === null) return "Not found out yet; the next use does.";
  const way = era === "modern" ? "without sessions" : transport === "sse" ? "over HTTP+SSE" : "with sessions";
  return (
    <>
      It speaks MCP {protocolVersion ?? "of an unknown version"}, {way}.
      {probedAt && (
        <>
          {" "}
          Found out <Time value={probedAt} />.
        </>
      )}
    </>
  );
}
