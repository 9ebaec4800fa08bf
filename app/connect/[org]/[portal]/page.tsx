import Link from "next/link";
import { notFound } from "next/navigation";
import { ContextUrls } from "@/components/connect/context-urls";
import { HowTo } from "@/components/connect/how-to";
import { MyPortal } from "@/components/connect/mine";
import { CopyField } from "@/components/shared/copy-field";
import { Button } from "@/components/ui/button";
import { currentPerson, frontContext } from "@/lib/auth/request";
import { connectPage } from "@/lib/connect/queries";

type Props = { params: Promise<{ org: string; portal: string }>; searchParams: Promise<{ client?: string | string[] }> };

export const metadata = { title: "Connect", referrer: "no-referrer" as const };

export default async function Connect({ params, searchParams }: Props) {
  const [{ org, portal }, { client }, front, person] = await Promise.all([params, searchParams, frontContext(), currentPerson()]);
  // An address that cannot be a portal's never reaches the database.
  const page = isSlug(org) && isSlug(portal) ? await connectPage(front.db, org, portal, person) : null;
  if (!page) notFound();
  const path = `/connect/${page.orgSlug}/${page.portalSlug}`;
  return (
    <main id="main" className="mx-auto w-full max-w-3xl space-y-10 px-4 py-10">
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
        <p className="text-muted-foreground">Paste this URL into your AI client and sign in once. How, client by client:</p>
      </header>
      <section aria-label="How to connect">
        <HowTo url={page.url} portalName={page.portalName} portalSlug={page.portalSlug} client={Array.isArray(client) ? client[0] : client} basePath={path} />
      </section>
      {page.mine?.contextMode && <ContextUrls url={page.url} mode={page.mine.contextMode} />}
      {page.mine && <MyPortal page={page} mine={page.mine} />}
    </main>
  );
}

const isSlug = (text: string) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
