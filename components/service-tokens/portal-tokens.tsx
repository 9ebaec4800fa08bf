import Link from "next/link";
import type { ServiceTokenItem } from "@/lib/service-tokens/queries";
import { TokenState } from "./token-state";

/** The service tokens that may enter one portal, on the portal's own page. */
export function PortalTokens({ base, portalId, tokens, canManage }: { base: string; portalId: string; tokens: ServiceTokenItem[]; canManage: boolean }) {
  const link = "text-primary underline underline-offset-4";
  return (
    <section aria-labelledby="machines" className="flex flex-col gap-2">
      <h2 id="machines" className="font-semibold">
        Machines
      </h2>
      <p className="text-muted-foreground">
        {tokens.length === 0 ? "No service token may enter this portal." : "These service tokens may enter this portal, whatever its policies say of people."}{" "}
        {canManage && (
          <Link href={`${base}/new?portal=${portalId}`} className={link}>
            Create a service token
          </Link>
        )}
      </p>
      <ul className="flex flex-col gap-1">
        {tokens.map((token) => (
          <li key={token.id} className="flex flex-wrap items-center gap-x-3">
            <Link href={`${base}/${token.id}`} className={link}>
              {token.name}
            </Link>
            <TokenState token={token} />
          </li>
        ))}
      </ul>
    </section>
  );
}
