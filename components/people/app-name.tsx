import { UntrustedText } from "@/components/shared/untrusted-text";
import { Badge } from "@/components/ui/badge";
import type { GrantRow } from "@/lib/oauth/grant-rows";

/** What an app calls itself, where it is sent back to, and who vouches for it. */
export function AppName({ app }: { app: Pick<GrantRow, "clientName" | "mark" | "redirectHost"> }) {
  return (
    <span className="block min-w-0">
      <span className="font-medium">
        <UntrustedText text={app.clientName} />
      </span>
      <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-muted-foreground text-xs">
        <span className="font-mono">
          <UntrustedText text={app.redirectHost} max={80} />
        </span>
        <Mark mark={app.mark} />
      </span>
    </span>
  );
}

function Mark({ mark }: Pick<GrantRow, "mark">) {
  switch (mark.kind) {
    case "verified":
      return (
        <Badge variant="ok" title={`${mark.host} publishes this app’s description, and answers go to an address in it.`}>
          verified by {mark.host}
        </Badge>
      );
    case "described":
      return (
        <Badge variant="outline" title={`${mark.host} publishes this description, but any program on the person’s machine can use it.`}>
          described by {mark.host}
        </Badge>
      );
    case "registered":
      return (
        <Badge variant="outline" title="The app described itself; nobody vouches for its name.">
          self-registered
        </Badge>
      );
  }
}
