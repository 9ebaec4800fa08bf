import Link from "next/link";
import { CopyField } from "@/components/shared/copy-field";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { clientIdOf, clientIds, clientNames, guideFor, type Step } from "@/lib/connect/guides";

export type HowToProps = {
  url: string;
  portalName: string;
  portalSlug: string;
  /** The client whose tab is open, as the address names it. */
  client?: string;
  /** The page this stands on; tabs are links to it with `?client=`. */
  basePath: string;
};

/** How to connect each client to one portal: a tab per client, the exact command or file in each. */
export function HowTo({ url, portalName, portalSlug, client, basePath }: HowToProps) {
  const open = clientIdOf(client);
  const guide = guideFor(open, { url, portalName, portalSlug });
  return (
    <div>
      <nav aria-label="Client" className="mb-4 flex flex-wrap gap-1.5">
        {clientIds.map((id) => (
          <Link
            key={id}
            href={`${basePath}?client=${id}`}
            scroll={false}
            aria-current={id === open ? "page" : undefined}
            className={cn("rounded-md border px-2.5 py-1 text-table hover:bg-muted", id === open && "border-primary bg-primary-soft font-medium text-primary")}
          >
            {clientNames[id]}
          </Link>
        ))}
      </nav>
      {guide.needsPublicUrl && isLocal(url) && (
        <Alert variant="warning" className="mb-4">
          {guide.name} connects from its maker’s own servers, and this address is only reachable from this machine.
        </Alert>
      )}
      <ol className="space-y-5">
        {guide.steps.map((step, index) => (
          <GuideStep key={step.text} number={index + 1} step={step} />
        ))}
      </ol>
    </div>
  );
}

function GuideStep({ number, step }: { number: number; step: Step }) {
  return (
    <li className="flex gap-3">
      <span aria-hidden className="grid size-6 shrink-0 place-items-center rounded-full bg-muted text-table tabular-nums">
        {number}
      </span>
      <div className="min-w-0 flex-1 space-y-2">
        <p className="pt-0.5">{step.text}</p>
        {step.open && (
          <Button asChild variant="secondary">
            <a href={step.open.href}>{step.open.label}</a>
          </Button>
        )}
        {step.copy && <CopyField value={step.copy.value} label={step.copy.label} multiline={step.copy.value.includes("\n")} />}
        {step.paths && (
          <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-table">
            {step.paths.map(({ system, path }) => (
              <div key={system} className="contents">
                <dt className="text-muted-foreground">{system}</dt>
                <dd className="wrap-anywhere font-mono">{path}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}

const isLocal = (url: string) => /^https?:\/\/(localhost|127\.|\[::1\])/.test(url);
