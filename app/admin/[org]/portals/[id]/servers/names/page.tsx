import Link from "next/link";
import { notFound } from "next/navigation";
import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Table, TableBody, TableCaption, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { hasRight } from "@/lib/auth/roles";
import { setPrefixAction } from "@/lib/portals/actions";
import { getAssignment, previewNames } from "@/lib/portals/queries";
import { orNotFound } from "../../../../servers/load-server";
import { loadPortal } from "../../../load-portal";

type Props = { params: Promise<{ org: string; id: string }>; searchParams: Promise<{ server?: string | string[]; names?: string | string[] }> };

export default async function NamesPage({ params, searchParams }: Props) {
  const [{ org, id }, { server, names }] = await Promise.all([params, searchParams]);
  const { ctx, portal } = await loadPortal(org, id);
  if (typeof server !== "string" || !hasRight(ctx.actor.role, "portals.manage")) notFound();
  const assignment = await orNotFound(getAssignment(ctx, portal.id, server));
  const mode = names === "prefixed" || names === "bare" ? names : assignment.prefixed ? "bare" : "prefixed";
  const preview = await orNotFound(previewNames(ctx, portal.id, server, mode));
  const renamed = preview.capabilities.filter((capability) => capability.current !== null && capability.current !== capability.exposedName);
  const here = `/admin/${ctx.org.slug}/portals/${portal.id}/servers/names?server=${server}`;
  return (
    <section aria-labelledby="names" className="flex flex-col gap-4">
      <h2 id="names" className="font-semibold">
        Names of {assignment.serverName}
      </h2>
      <div className="flex gap-2">
        {(["prefixed", "bare"] as const).map((choice) => (
          <Button key={choice} asChild variant={choice === mode ? "primary" : "secondary"} size="sm">
            <Link href={`${here}&names=${choice}`} aria-current={choice === mode ? "page" : undefined}>
              {choice === "prefixed" ? `With ${assignment.slug}_` : "Without a prefix"}
            </Link>
          </Button>
        ))}
      </div>
      {renamed.length === 0 ? (
        <p className="text-muted-foreground">Its names are like that already.</p>
      ) : (
        <>
          <p>
            {renamed.length === 1 ? "1 name changes" : `${renamed.length} names change`} for{" "}
            {assignment.people === 1 ? "1 connected person" : `${assignment.people} connected people`}. Prompts and rules in which people wrote the old names no
            longer find them.
          </p>
          <Card className="overflow-hidden">
            <Table>
              <TableCaption>Names that change</TableCaption>
              <TableHeader>
                <TableRow>
                  <TableHead>Now</TableHead>
                  <TableHead>Then</TableHead>
                </TableRow>
              </TableHeader>
              <TableBody>
                {renamed.slice(0, 200).map((capability) => (
                  <TableRow key={capability.id}>
                    <TableCell className="font-mono">
                      <UntrustedText text={capability.current} max={200} />
                    </TableCell>
                    <TableCell className="font-mono">
                      <UntrustedText text={capability.exposedName} max={200} />
                    </TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          </Card>
          <ActionForm action={setPrefixAction} org={ctx.org.slug} hidden={{ portalId: portal.id, serverId: server, names: mode }}>
            <SubmitButton className="w-fit">Change the names</SubmitButton>
          </ActionForm>
        </>
      )}
    </section>
  );
}
