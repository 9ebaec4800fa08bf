import { AccessEventTable } from "@/components/activity/access-event-table";
import { ActivityFilterForm } from "@/components/activity/filters";
import { NothingFound } from "@/components/activity/nothing-found";
import { Notices } from "@/components/activity/notices";
import { ActivityPager } from "@/components/activity/pager";
import { pathWith } from "@/components/activity/search";
import { activityFacets, listAccessEvents } from "@/lib/activity/queries";
import { readFilters, type SearchParams } from "@/lib/activity/schema";
import { orgContext } from "@/lib/auth/request";

type Props = { params: Promise<{ org: string }>; searchParams: Promise<SearchParams> };

export default async function SignInsPage({ params, searchParams }: Props) {
  const [{ org }, search] = await Promise.all([params, searchParams]);
  const { filters, notices } = readFilters(search);
  const ctx = await orgContext(org);
  const [list, facets] = await Promise.all([listAccessEvents(ctx, filters), activityFacets(ctx)]);
  const base = `/admin/${ctx.org.slug}/activity`;
  const path = `${base}/sign-ins`;
  return (
    <>
      <ActivityFilterForm tab="sign-ins" path={path} filters={filters} facets={facets} />
      <Notices notices={notices} />
      {list.rows.length > 0 ? (
        <AccessEventTable rows={list.rows} path={path} />
      ) : (
        <NothingFound filtered={Object.keys(filters).length > 0} clearHref={path} title="No sign-ins yet">
          Sign-ins of members, consents, refusals and revocations appear here.
        </NothingFound>
      )}
      <ActivityPager list={list} path={path} filters={filters} exportHref={pathWith(`${base}/export`, { ...filters, cursor: undefined, tab: "sign-ins" })} />
    </>
  );
}
