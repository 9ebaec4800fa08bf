import { CallDrawer, NoSuchCall } from "@/components/activity/call-drawer";
import { CallTable } from "@/components/activity/call-table";
import { ActivityFilterForm } from "@/components/activity/filters";
import { NothingFound } from "@/components/activity/nothing-found";
import { Notices } from "@/components/activity/notices";
import { ActivityPager } from "@/components/activity/pager";
import { pathWith } from "@/components/activity/search";
import { activityFacets, findCall, listCalls } from "@/lib/activity/queries";
import { readFilters, type SearchParams } from "@/lib/activity/schema";
import { orgContext } from "@/lib/auth/request";

type Props = { params: Promise<{ org: string }>; searchParams: Promise<SearchParams> };

export default async function CallsPage({ params, searchParams }: Props) {
  const [{ org }, search] = await Promise.all([params, searchParams]);
  const { filters, notices } = readFilters(search);
  const ctx = await orgContext(org);
  const asked = Array.isArray(search.call) ? search.call[0] : search.call;
  const [list, facets, call] = await Promise.all([listCalls(ctx, filters), activityFacets(ctx), asked ? findCall(ctx, asked) : null]);
  const path = `/admin/${ctx.org.slug}/activity`;
  const here = pathWith(path, filters);
  return (
    <>
      <ActivityFilterForm tab="calls" path={path} filters={filters} facets={facets} />
      <Notices notices={notices} />
      {list.rows.length > 0 ? (
        <CallTable rows={list.rows} linkBase={here} />
      ) : (
        <NothingFound filtered={Object.keys(filters).length > 0} clearHref={path} title="No calls yet">
          Connect a client to a portal and use a tool. The call is here a moment later, with who made it and what was decided.
        </NothingFound>
      )}
      <ActivityPager list={list} path={path} filters={filters} exportHref={pathWith(`${path}/export`, { ...filters, cursor: undefined, tab: "calls" })} />
      {asked && (call ? <CallDrawer call={call} org={ctx.org.slug} closeHref={here} /> : <NoSuchCall closeHref={here} />)}
    </>
  );
}
