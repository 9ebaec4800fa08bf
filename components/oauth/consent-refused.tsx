import type { ConsentRequest } from "@/lib/oauth/consent";
import { ConsentForm, SwitchAccount } from "./consent-form";
import { HelpReference } from "./help-reference";

type Props = { kind: "refused" | "unverified"; request: ConsentRequest; email: string; csrf: string; token: string; reference: string };

/** Why this person does not get in, whom to ask, and the ways on. It does not say which rule decided: that is for the admins' pages. */
export function ConsentRefused({ kind, request, email, csrf, token, reference }: Props) {
  const { portal } = request;
  return (
    <>
      {kind === "unverified" ? <Unverified email={email} token={token} portalName={portal.name} /> : <Refused email={email} portal={portal} />}
      <p className="text-[13px] text-muted-foreground">
        Signed in as <span className="break-all">{email}</span>. <SwitchAccount token={token} />
      </p>
      <HelpReference reference={reference} />
      <ConsentForm token={token} csrf={csrf} allow={false} cancel="Back to the app" />
    </>
  );
}

function Unverified({ email, token, portalName }: { email: string; token: string; portalName: string }) {
  return (
    <>
      <h1 className="text-xl font-semibold">Confirm your e-mail address first</h1>
      <p>
        {portalName} admits people by their confirmed address. Open the link that was sent to <strong className="font-medium break-all">{email}</strong>, then
        come back here.{" "}
        <a className="underline underline-offset-4" href="/account">
          Send the link again
        </a>{" "}
        from your account.
      </p>
      <p>
        <a className="underline underline-offset-4" href={`/oauth/consent?tx=${encodeURIComponent(token)}`}>
          I have confirmed it
        </a>
      </p>
    </>
  );
}

function Refused({ email, portal }: { email: string; portal: ConsentRequest["portal"] }) {
  return (
    <>
      <h1 className="text-xl font-semibold break-words">{portal.name} does not admit you</h1>
      <p>
        {portal.orgName} has not given <strong className="font-medium break-all">{email}</strong> access to this portal. Ask {contact(portal)} for access, or
        use another account.
      </p>
    </>
  );
}

function contact(portal: ConsentRequest["portal"]) {
  if (!portal.contact) return `an administrator of ${portal.orgName}`;
  if (!/^[^\s@<>"]+@[^\s@<>"]+$/.test(portal.contact)) return portal.contact;
  return (
    <a className="underline underline-offset-4" href={`mailto:${portal.contact}`}>
      {portal.contact}
    </a>
  );
}
