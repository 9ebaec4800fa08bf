import type { ReactNode } from "react";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { CopyField } from "@/components/shared/copy-field";
import { Time } from "@/components/shared/time";
import { revokeServiceTokenAction } from "@/lib/service-tokens/actions";
import type { ServiceTokenItem } from "@/lib/service-tokens/queries";
import type { ReachedServer } from "@/lib/service-tokens/reach";
import { RotateTokenForm } from "./rotate-form";
import { TokenReach } from "./token-reach";
import { TokenState } from "./token-state";

type Props = { org: string; token: ServiceTokenItem; reach: ReadonlyMap<string, ReachedServer[]>; canManage: boolean };

/** One service token: what it may enter, how it stands, a new secret, its end. */
export function TokenPage({ org, token, reach, canManage }: Props) {
  const lives = token.state === "active" || token.state === "expires_soon";
  return (
    <div className="flex flex-col gap-10">
      <TokenFacts token={token} />
      <section aria-labelledby="reach" className="flex flex-col gap-3">
        <h3 id="reach" className="font-semibold">
          What it may use
        </h3>
        <TokenReach org={org} portals={token.portals} reach={reach} />
      </section>
      {canManage && lives && (
        <section aria-labelledby="rotate" className="flex flex-col gap-3">
          <h3 id="rotate" className="font-semibold">
            New secret
          </h3>
          <RotateTokenForm org={org} id={token.id} />
        </section>
      )}
      {canManage && token.state !== "revoked" && (
        <section aria-labelledby="revoke" className="flex max-w-[480px] flex-col gap-3">
          <h3 id="revoke" className="font-semibold">
            Revoke
          </h3>
          <p className="text-muted-foreground">Its secrets and access tokens end at once, for good. What it called stays on record.</p>
          <ConfirmDialog
            trigger="Revoke"
            title={`Revoke ${token.name}?`}
            consequence={`Whatever uses it loses ${portalsLost(token.portals.length)} with its next request.`}
            confirmLabel="Revoke"
            action={revokeServiceTokenAction}
            org={org}
            fields={{ serviceTokenId: token.id }}
          />
        </section>
      )}
    </div>
  );
}

const portalsLost = (n: number) => (n === 1 ? "1 portal" : `${n} portals`);

function TokenFacts({ token }: { token: ServiceTokenItem }) {
  return (
    <dl className="grid max-w-3xl grid-cols-[8rem_minmax(0,1fr)] items-baseline gap-y-2">
      <Fact name="State">
        <TokenState token={token} />
      </Fact>
      <Fact name="Client id">
        <CopyField value={token.id} label="client id" />
      </Fact>
      <Fact name="Last used">
        <Time value={token.lastUsedAt} />
      </Fact>
      <Fact name="Expires">
        <Time value={token.expiresAt} />
      </Fact>
      {token.oldSecretUntil && token.state !== "revoked" && (
        <Fact name="Secret before">
          works too, and ends <Time value={token.oldSecretUntil} />
        </Fact>
      )}
      <Fact name="Created">
        <Time value={token.createdAt} /> by {token.createdBy}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="wrap-anywhere min-w-0">{children}</dd>
    </>
  );
}
