import { ChangeTable } from "@/components/activity/change-table";
import { ActivityFilterForm } from "@/components/activity/filters";
import { NothingFound } from "@/components/activity/nothing-found";
import { Notices } from "@/components/activity/notices";
import { ActivityPager } from "@/components/activity/pager";
import { pathWith } from "@/components/activity/search";
import { activityFacets, listAuditEvents } from "@/lib/activity/queries";
import { readFilters, type SearchParams } from "@/lib/activity/schema";
import { orgContext } from "@/lib/auth/request";

type Props = { params: Promise<{ org: string }>; searchParams: Promise<SearchParams> };

export default async function ChangesPage({ params, searchParams }: Props) {
  const [{ org }, search] = await Promise.all([params, searchParams]);
  const { filters, notices } = readFilters(search);
  const ctx = await orgContext(org);
  const [list, facets] = await Promise.all([listAuditEvents(ctx, filters), activityFacets(ctx)]);
  const base = `/admin/${ctx.org.slug}/activity`;
  const path = `${base}/changes`;
  return (
    <>
      <ActivityFilterForm tab="changes" path={path} filters={filters} facets={facets} />
      <Notices notices={notices} />
      {list.rows.length > 0 ? (
        <ChangeTable rows={list.rows} />
      ) : (
        <NothingFound filtered={Object.keys(filters).length > 0} clearHref={path} title="No changes yet">
          What admins change appears here, with what it was before and after.
        </NothingFound>
      )}
      <ActivityPager list={list} path={path} filters={filters} exportHref={pathWith(`${base}/export`, { ...filters, cursor: undefined, tab: "changes" })} />
    </>
  );
}
