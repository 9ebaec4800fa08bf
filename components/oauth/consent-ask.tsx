import type { ReactNode } from "react";
import { Alert } from "@/components/ui/alert";
import type { ConsentRequest } from "@/lib/oauth/consent";
import { ConsentForm, SwitchAccount } from "./consent-form";

type Props = { request: ConsentRequest; email: string; name: string; servers: { id: string; name: string }[]; csrf: string; token: string };

/** The question: who you are, which app, which portal, what it will reach (OA-22). Everything the app claims is marked as a claim. */
export function ConsentAsk({ request, email, name, servers, csrf, token }: Props) {
  const { clientName, documentHost, redirectHost, loopbackOnly, portal } = request;
  return (
    <>
      <div className="space-y-1">
        <h1 className="text-xl font-semibold break-words">
          Let “{clientName}” use {portal.name}?
        </h1>
        <p className="text-muted-foreground">It will act as you at {portal.orgName}.</p>
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 border-y py-4">
        <Fact label="You">
          <span className="break-all">{name ? `${name} · ${email}` : email}</span>
          <span className="block text-[13px] text-muted-foreground">
            <SwitchAccount token={token} />
          </span>
        </Fact>
        <Fact label="App">
          <span className="break-words">{clientName}</span>
          <span className="block text-[13px] text-muted-foreground">
            {documentHost ? (
              <>
                Name unverified, described by <span className="font-mono break-all">{documentHost}</span>
              </>
            ) : (
              "Unverified: the app chose this name itself"
            )}
          </span>
        </Fact>
        <Fact label="Returns to">
          <span className="font-mono text-[13px] break-all">{redirectHost}</span>
        </Fact>
        <Fact label="Portal">
          {portal.name} · {portal.orgName}
          <span className="block font-mono text-[13px] break-all text-muted-foreground">{portal.address}</span>
        </Fact>
        <Fact label="Reaches">
          {servers.length === 0 ? "No server yet" : servers.map((server) => server.name).join(", ")}
          <span className="block text-[13px] text-muted-foreground">
            Their tools, prompts and resources, as far as the portal gives them to you, for 30 days or until you sign the app out.
          </span>
        </Fact>
      </dl>
      {loopbackOnly && (
        <Alert variant="warning">
          This app runs on your own computer, and nothing proves which app it is. Allow it only if you started it yourself just now.
        </Alert>
      )}
      <ConsentForm token={token} csrf={csrf} allow cancel="Cancel" />
    </>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
