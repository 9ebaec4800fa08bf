import Link from "next/link";
import { EmptyState } from "@/components/shared/empty-state";
import { Card } from "@/components/ui/card";

export type AccessSummaryProps = { org: string; access: "portal" | "policies"; attached: { id: string; name: string; description: string }[] };

/** Who may use a server: everyone its portals admit, or whom its own policies admit, the first that matches deciding. */
export function AccessSummary({ org, access, attached }: AccessSummaryProps) {
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      <p>
        {access === "portal"
          ? "Everyone whom a portal admits may use this server there."
          : "Only people whom its own policies admit may use this server. The first policy that matches decides; without a match nobody gets in."}
      </p>
      {attached.length === 0 ? (
        <EmptyState
          title="No policies of its own"
          description={access === "policies" ? "So nobody may use it now." : "None is needed while its portals decide."}
        />
      ) : (
        <Card>
          <ol className="divide-y">
            {attached.map((policy, index) => (
              <li key={policy.id} className="flex items-center gap-3 px-4 py-2.5">
                <span className="text-muted-foreground tabular-nums">{index + 1}</span>
                <Link href={`/admin/${org}/policies/${policy.id}`} className="font-medium hover:underline">
                  {policy.name}
                </Link>
                <span className="truncate text-muted-foreground">{policy.description}</span>
              </li>
            ))}
          </ol>
        </Card>
      )}
    </div>
  );
}
