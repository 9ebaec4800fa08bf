import Link from "next/link";
import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { Time } from "@/components/shared/time";
import { setServerSecretAction } from "@/lib/servers/actions";
import type { ServerPage } from "@/lib/servers/queries";
import { CredentialFields } from "./credential-fields";

export type ServerCredentialProps = { org: string; server: ServerPage; callbackUrl: string };

/** How a server is signed in to, and another way. */
export function ServerCredential({ org, server, callbackUrl }: ServerCredentialProps) {
  const isOAuth = server.auth === "oauth";
  const hasOne = isOAuth || server.secretFingerprint !== null;
  return (
    <section aria-labelledby="authentication" className="flex flex-col gap-3">
      <h2 id="authentication" className="font-semibold">
        Authentication
      </h2>
      <p className="text-muted-foreground">
        {isOAuth ? (
          <>
            OAuth. The accounts are under{" "}
            <Link href={`/admin/${org}/servers/${server.id}/connections`} className="underline underline-offset-4">
              Connections
            </Link>
            .
          </>
        ) : server.secretFingerprint ? (
          <>
            Set · <code className="text-foreground text-table">{server.secretFingerprint}</code> · <Time value={server.secretSetAt} />
          </>
        ) : (
          "None. The server is asked without one."
        )}
      </p>
      <details open={server.errorCause === "unauthorized" && !isOAuth}>
        <summary className="w-fit text-primary hover:underline">{hasOne ? "Replace" : "Set a credential"}</summary>
        <ActionForm action={setServerSecretAction} org={org} hidden={{ serverId: server.id }} className="mt-4">
          <CredentialFields key={server.auth} initial={server.auth} org={org} callbackUrl={callbackUrl} />
          <SubmitButton className="w-fit">{hasOne ? "Replace authentication" : "Set credential"}</SubmitButton>
        </ActionForm>
      </details>
    </section>
  );
}
