import Link from "next/link";
import { StatusDot } from "@/components/shared/status-dot";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import type { CheckedPerson } from "@/lib/portals/check-person";

export type PersonCheckProps = {
  org: string;
  /** What was asked, as it was typed. */
  typed: string;
  /** Why the address cannot be checked. */
  problem: string | null;
  result: CheckedPerson | null;
};

/** "Check a person": an address, and what they get here and why. A GET form, so the answer has an address of its own. */
export function PersonCheck({ org, typed, problem, result }: PersonCheckProps) {
  return (
    <section aria-labelledby="check" className="flex flex-col gap-3">
      <h2 id="check" className="font-semibold">
        Check a person
      </h2>
      <form method="get" action="#check" className="flex max-w-[480px] flex-wrap items-end gap-2">
        <div className="flex min-w-0 flex-1 flex-col gap-1.5">
          <label htmlFor="check-email" className="font-medium">
            E-mail
          </label>
          <Input
            id="check-email"
            name="email"
            inputMode="email"
            defaultValue={typed}
            placeholder="ana@acme.com"
            aria-invalid={problem ? true : undefined}
            aria-describedby={problem ? "check-problem" : undefined}
            autoCapitalize="none"
          />
        </div>
        <Button variant="secondary" className="h-9">
          Check
        </Button>
      </form>
      {problem && (
        <p id="check-problem" className="text-error text-table">
          {problem}
        </p>
      )}
      {result && <Answer org={org} result={result} />}
    </section>
  );
}

function Answer({ org, result }: { org: string; result: CheckedPerson }) {
  const { portal } = result;
  return (
    <Card>
      <div className="border-b px-4 py-3" role="status">
        <p className="flex flex-wrap items-center gap-x-2">
          <StatusDot tone={portal.allowed ? "ok" : "error"}>{portal.allowed ? "may enter" : "may not enter"}</StatusDot>
          <span className="wrap-anywhere font-medium">{result.email}</span>
        </p>
        <p className="text-muted-foreground text-table">
          <Why org={org} access={portal} thing="portal" />
          {result.groups > 0 && ` In ${result.groups === 1 ? "1 group" : `${result.groups} groups`}.`} Taken as confirmed; an account must confirm its address
          first.
        </p>
      </div>
      {portal.allowed && (
        <ul className="divide-y">
          {result.servers.map((server) => (
            <li key={server.id} className="px-4 py-2.5">
              <p className="flex flex-wrap items-center gap-x-3">
                <span className="font-medium">{server.name}</span>
                <StatusDot tone={server.access.allowed ? "ok" : "error"}>{server.access.allowed ? usable(server.usable) : "refused"}</StatusDot>
                {server.status !== "ready" && <StatusDot tone="warn">the server is not answering well now</StatusDot>}
              </p>
              <p className="text-muted-foreground text-table">
                <Why org={org} access={server.access} thing="server" />
              </p>
              {server.access.allowed &&
                server.missing.map((missing) => (
                  <details key={missing.reason} className="text-muted-foreground text-table">
                    <summary className="cursor-pointer">
                      {missing.count} {reasons[missing.reason]}
                    </summary>
                    <p className="wrap-anywhere pl-4 font-mono">
                      <UntrustedText text={missing.names.join(", ")} max={2_000} />
                      {missing.count > missing.names.length && ` and ${missing.count - missing.names.length} more`}
                    </p>
                  </details>
                ))}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Why({ org, access, thing }: { org: string; access: CheckedPerson["portal"]; thing: "portal" | "server" }) {
  if (access.by === "disabled") return "The portal is switched off.";
  if (access.by === "block") return "The organization has blocked this person, whatever a policy says.";
  if (access.by === "unverified") return "The address is not confirmed.";
  if (access.policyId !== null) {
    return (
      <>
        Decided by{" "}
        <Link href={`/admin/${org}/policies/${access.policyId}`} className="font-medium text-foreground hover:underline">
          {access.policyName}
        </Link>
        .
      </>
    );
  }
  return access.allowed ? "Everyone whom the portal admits may use it." : `No policy of this ${thing} matches, so the answer is no.`;
}

const reasons = {
  off: "switched off",
  new: "new, nobody has decided yet",
  changed: "changed, withheld until an admin accepts it",
  gone: "no longer offered by the server",
} as const;

function usable(counts: Record<"tool" | "prompt" | "resource" | "template", number>): string {
  const words = { tool: ["tool", "tools"], prompt: ["prompt", "prompts"], resource: ["resource", "resources"], template: ["template", "templates"] } as const;
  const parts = (["tool", "prompt", "resource", "template"] as const).flatMap((kind) =>
    counts[kind] > 0 ? [`${counts[kind]} ${words[kind][counts[kind] === 1 ? 0 : 1]}`] : [],
  );
  return parts.length > 0 ? parts.join(", ") : "allowed, but nothing is on";
}
