import Link from "next/link";
import type { ReactNode } from "react";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { signOutClientAction, signOutPersonAction } from "@/lib/oauth/actions";
import type { AppCount } from "@/lib/oauth/apps";
import { type AppSearch, appsHref } from "./app-search";

type Props = { org: string; count: AppCount; search: AppSearch; canManage: boolean };

/** Above the list when it shows one person's apps: whose they are, and the way to end them all. */
export function AppsOfPerson({ org, count, search, canManage }: Props & { search: { person: string } }) {
  const who = count.email ?? "This person";
  return (
    <Strip words={`${who}: ${apps(count.apps)} in ${portals(count.portals)}`} everyoneHref={appsHref({ ...search, person: undefined })} all="Everyone">
      {canManage && count.apps > 0 && (
        <ConfirmDialog
          trigger="Sign out all their apps"
          triggerSize="sm"
          title={`Sign out every app of ${who}?`}
          consequence={`${apps(count.apps)} in ${portals(count.portals)} ${count.apps === 1 ? "loses" : "lose"} access at the next request. Where a policy admits them they can connect again; a block keeps them out.`}
          confirmLabel="Sign out all"
          action={signOutPersonAction}
          org={org}
          fields={{ personId: search.person }}
        />
      )}
    </Strip>
  );
}

/** The same for everyone's apps of one name. */
export function AppsOfClient({ org, count, search, canManage }: Props & { search: { client: string } }) {
  return (
    <Strip
      words={
        <>
          <UntrustedText text={search.client} />: {apps(count.apps)} of {people(count.people)}
        </>
      }
      everyoneHref={appsHref({ ...search, client: undefined })}
      all="All apps"
    >
      {canManage && count.apps > 0 && (
        <ConfirmDialog
          trigger="Sign out all of them"
          triggerSize="sm"
          title={`Sign out every ${search.client}?`}
          consequence={`${people(count.people)} ${count.people === 1 ? "loses" : "lose"} ${apps(count.apps)} of this name in ${portals(count.portals)}, at the next request. They can connect again unless the settings list other apps only.`}
          confirmLabel="Sign out all"
          action={signOutClientAction}
          org={org}
          fields={{ client: search.client }}
        />
      )}
    </Strip>
  );
}

function Strip({ words, everyoneHref, all, children }: { words: ReactNode; everyoneHref: string; all: string; children: ReactNode }) {
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border bg-card px-4 py-2 text-table">
      <p className="wrap-anywhere min-w-0 flex-1 basis-64 font-medium">{words}</p>
      <Link href={everyoneHref} className="underline underline-offset-4">
        {all}
      </Link>
      {children}
    </div>
  );
}

const counted = (one: string, many: string) => (n: number) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const apps = counted("app", "apps");
const portals = counted("portal", "portals");
const people = counted("person", "people");
