import Link from "next/link";
import { notFound, redirect } from "next/navigation";
import { Arrived } from "@/components/connect/arrived";
import { ContextUrls } from "@/components/connect/context-urls";
import { HowTo } from "@/components/connect/how-to";
import { MyPortal } from "@/components/connect/mine";
import { CopyField } from "@/components/shared/copy-field";
import { Button } from "@/components/ui/button";
import { currentPerson } from "@/lib/auth/request";
import { one, type SearchParams } from "@/lib/people/search-params";
import { loadConnectPage } from "./load-page";

type Props = { params: Promise<{ org: string; portal: string }>; searchParams: Promise<SearchParams> };

export const metadata = { title: "Connect" };

export default async function Connect({ params, searchParams }: Props) {
  const [{ org, portal }, search, person] = await Promise.all([params, searchParams, currentPerson()]);
  const [server, ticket] = [one(search.server), one(search.for)];
  const page = await loadConnectPage(org, portal, { server, ticket });
  if (!page) notFound();
  const path = `/connect/${page.orgSlug}/${page.portalSlug}`;
  const here = server ? `${path}?${new URLSearchParams({ server, ...(ticket && { for: ticket }) })}` : path;
  // A link from a tool's result is about one person's account: who it is comes first.
  if (server && !person) redirect(`/sign-in?next=${encodeURIComponent(here)}`);
  const mine = page.mine && (
    <MyPortal page={page} mine={page.mine} path={path} here={here}>
      <Arrived servers={page.mine.servers} connected={one(search.connected)} />
    </MyPortal>
  );
  const isAfterwards = server !== undefined || one(search.connected) !== undefined;
  return (
    <main id="main" className="mx-auto flex w-full max-w-3xl flex-col gap-10 px-4 py-10">
      <header className="space-y-4">
        <div className="flex flex-wrap items-start justify-between gap-4">
          <div>
            <p className="text-muted-foreground">{page.orgName}</p>
            <h1 className="font-semibold text-xl">{page.portalName}</h1>
          </div>
          {page.mine ? (
            <p className="text-muted-foreground text-table">
              {page.mine.email} · <Link href="/account">Account</Link>
            </p>
          ) : (
            <Button asChild variant="secondary">
              <Link href={`/sign-in?next=${encodeURIComponent(path)}`}>Sign in to see what you can use</Link>
            </Button>
          )}
        </div>
        <CopyField value={page.url} label="URL" size="lg" />
        {!isAfterwards && <p className="text-muted-foreground">Paste this URL into your AI client and sign in once. How, client by client:</p>}
      </header>
      {/* Who comes for an account, or back from a provider, sees the servers first. */}
      {isAfterwards && mine}
      <section aria-label="How to connect">
        <HowTo url={page.url} portalName={page.portalName} portalSlug={page.portalSlug} client={one(search.client)} basePath={path} />
      </section>
      {page.mine?.contextMode && <ContextUrls url={page.url} mode={page.mine.contextMode} />}
      {!isAfterwards && mine}
    </main>
  );
}
