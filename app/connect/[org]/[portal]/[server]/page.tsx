import Link from "next/link";
import { notFound } from "next/navigation";
import { KeyForm } from "@/components/connect/key-form";
import { hasMine } from "@/components/connect/my-servers";
import { LeaveForm } from "@/components/connections/leave-form";
import { ConsentFrame } from "@/components/oauth/consent-frame";
import { personContext } from "@/lib/auth/request";
import { startConnectingAction } from "@/lib/connections/actions";
import { loadConnectPage } from "../load-page";

type Props = { params: Promise<{ org: string; portal: string; server: string }> };

export const metadata = { title: "Connect an account" };

/** Before a person leaves for a provider, or pastes a key: which server, which portal, who they are. */
export default async function ConnectServer({ params }: Props) {
  const { org, portal, server: id } = await params;
  await personContext();
  const page = await loadConnectPage(org, portal);
  const server = page?.mine?.servers.find((one) => one.id === id);
  if (!page?.mine || !server?.connection || server.state === "closed" || !hasMine(server)) notFound();
  const back = `/connect/${page.orgSlug}/${page.portalSlug}`;
  const { kind, state, headerNames } = server.connection;
  const hidden = { portalId: page.portalId, serverId: server.id };
  return (
    <ConsentFrame>
      <div className="space-y-1">
        <h1 className="break-words font-semibold text-xl">
          {state === "needs_connection" ? "Connect" : "Reconnect"} {server.name}
        </h1>
        <p className="text-muted-foreground">
          {page.portalName} at {page.orgName} calls {server.name} as you. You are signed in here as <span className="wrap-anywhere">{page.mine.email}</span>.
        </p>
      </div>
      {kind === "oauth" ? (
        <LeaveForm action={startConnectingAction} hidden={hidden} label="Find out where to sign in" serverName={server.name} isEager />
      ) : (
        <KeyForm hidden={hidden} serverName={server.name} kind={kind} headerNames={headerNames} />
      )}
      <p className="text-table">
        <Link href={back} className="text-muted-foreground underline underline-offset-4">
          Back to {page.portalName}
        </Link>
      </p>
    </ConsentFrame>
  );
}
