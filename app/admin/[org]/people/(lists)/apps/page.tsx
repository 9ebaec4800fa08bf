import { AppsOfClient, AppsOfPerson } from "@/components/people/apps-of";
import { AppsTable } from "@/components/people/apps-table";
import { FilterBar } from "@/components/shared/filter-bar";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { filterOf, pageOf } from "@/lib/members/paging";
import { appFacets, countApps, listApps } from "@/lib/oauth/apps";
import { one, type SearchParams } from "@/lib/people/search-params";

type Props = { params: Promise<{ org: string }>; searchParams: Promise<SearchParams> };

export default async function AppsPage({ params, searchParams }: Props) {
  const [{ org }, given] = await Promise.all([params, searchParams]);
  const { q, page } = filterOf(given);
  const search = { q, person: clean(one(given.person)), portal: clean(one(given.portal)), client: clean(one(given.client)) };
  const { person, portal, client } = search;
  const ctx = await orgContext(org);
  const [list, facets, ofPerson, ofClient] = await Promise.all([
    listApps(ctx, { q, personId: person, portalId: portal, client, page: pageOf({ page }) }),
    appFacets(ctx),
    person ? countApps(ctx, { personId: person }) : null,
    client ? countApps(ctx, { client }) : null,
  ]);
  const canManage = hasRight(ctx.actor.role, "grants.manage");
  // What is chosen stays among the choices, also when nothing of it is left.
  const names = client && !facets.clients.includes(client) ? [client, ...facets.clients] : facets.clients;
  return (
    <>
      <FilterBar
        search={{ name: "q", label: "Filter by name or e-mail", value: q }}
        selects={[
          {
            name: "portal",
            label: "Portal",
            value: portal,
            options: [{ value: "", label: "All portals" }, ...facets.portals.map(({ id, name }) => ({ value: id, label: name }))],
          },
          { name: "client", label: "App", value: client, options: [{ value: "", label: "All apps" }, ...names.map((name) => ({ value: name, label: name }))] },
        ]}
        keep={{ person }}
      />
      {person && ofPerson && <AppsOfPerson org={ctx.org.slug} count={ofPerson} search={{ ...search, person }} canManage={canManage} />}
      {client && ofClient && <AppsOfClient org={ctx.org.slug} count={ofClient} search={{ ...search, client }} canManage={canManage} />}
      <AppsTable list={list} org={ctx.org.slug} search={search} canManage={canManage} />
    </>
  );
}

const clean = (value: string | undefined) => value?.replaceAll("\0", "").slice(0, 200) || undefined;
