import Link from "next/link";
import type { ReactNode } from "react";
import { CopyField } from "@/components/shared/copy-field";
import { Time } from "@/components/shared/time";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import type { FormState } from "@/lib/form";
import type { FreshSecret } from "@/lib/service-tokens/commands";
import { callExample, tokenExample } from "@/lib/service-tokens/examples";

/** What a form that made a secret gave back; null before. */
export function freshSecretIn({ status, data }: FormState): FreshSecret | null {
  return status === "ok" && isFreshSecret(data) ? data : null;
}

// `FormState.data` is unknown because every command gives back its own.
const isFreshSecret = (data: unknown): data is FreshSecret => typeof data === "object" && data !== null && "secret" in data && "tokenEndpoint" in data;

/** Client id and secret, once, with commands that are ready to run. */
export function FreshSecretPanel({ made, base }: { made: FreshSecret; base: string }) {
  const [first, ...others] = made.portals;
  return (
    <div className="flex max-w-3xl flex-col gap-5">
      <Alert variant="warn" role="status">
        Copy the secret of {made.name} now. It is shown this once; when it is lost, make a new one.
        {made.oldSecretUntil && (
          <>
            {" "}
            The secret before it ends <Time value={made.oldSecretUntil} />.
          </>
        )}
      </Alert>
      <Labelled label="Client id">
        <CopyField value={made.id} label="client id" />
      </Labelled>
      <Labelled label="Client secret">
        <CopyField value={made.secret} label="client secret" />
      </Labelled>
      {first && (
        <>
          <Labelled label={`Fetch an access token for ${first.name}`}>
            <CopyField value={tokenExample(made, first.url)} label="command" multiline />
          </Labelled>
          <Labelled label="Then call the portal with it, as ACCESS_TOKEN">
            <CopyField value={callExample(first.url)} label="command" multiline />
          </Labelled>
        </>
      )}
      {others.length > 0 && (
        <Labelled label="An access token is for one portal. The others are, as resource">
          {others.map(({ name, url }) => (
            <CopyField key={url} value={url} label={`URL of ${name}`} />
          ))}
        </Labelled>
      )}
      <Button asChild variant="secondary" className="w-fit">
        {/* Another page than this one, or the secret would stay on the screen. */}
        <Link href={base}>I have copied it</Link>
      </Button>
    </div>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <p className="font-medium">{label}</p>
      {children}
    </div>
  );
}
