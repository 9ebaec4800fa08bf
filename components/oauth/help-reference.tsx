import { CopyButton } from "@/components/shared/copy-button";

/** What to say when asking for help: an admin finds every step of the sign-in by it. */
export function HelpReference({ reference }: { reference: string }) {
  return (
    <p className="flex flex-wrap items-center gap-x-1 text-[13px] text-muted-foreground">
      If you ask for help, give this reference: <code className="select-all font-mono text-foreground">{reference}</code>
      <CopyButton value={reference} label="reference" />
    </p>
  );
}
