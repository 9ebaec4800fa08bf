import type { Metadata } from "next";
import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { ConsentAsk } from "@/components/oauth/consent-ask";
import { ConsentFrame } from "@/components/oauth/consent-frame";
import { ConsentGone } from "@/components/oauth/consent-gone";
import { ConsentRefused } from "@/components/oauth/consent-refused";
import { LoadForItself } from "@/components/oauth/load-for-itself";
import { currentPerson } from "@/lib/auth/request";
import { database } from "@/lib/db";
import { browserCookieName } from "@/lib/oauth/browser-cookie";
import { loadConsent } from "@/lib/oauth/consent";

export const metadata: Metadata = { title: "Connect an app", referrer: "no-referrer", robots: { index: false } };

type Props = { searchParams: Promise<{ tx?: string | string[] }> };

export default async function ConsentPage({ searchParams }: Props) {
  const { tx } = await searchParams;
  const token = typeof tx === "string" ? tx : "";
  const [db, person, jar] = await Promise.all([database(), currentPerson(), cookies()]);
  const browser = jar.get(browserCookieName())?.value ?? null;
  const consent = await loadConsent(db, { token, browser, person }, new Date());
  if (consent.kind === "sign_in") redirect(`/sign-in?next=${encodeURIComponent(`/oauth/consent?tx=${encodeURIComponent(token)}`)}`);
  return (
    <ConsentFrame>
      <LoadForItself />
      {consent.kind === "gone" && <ConsentGone why={consent.why} reference={consent.reference} />}
      {(consent.kind === "refused" || consent.kind === "unverified") && <ConsentRefused {...consent} token={token} />}
      {consent.kind === "ask" && <ConsentAsk {...consent} token={token} />}
    </ConsentFrame>
  );
}
