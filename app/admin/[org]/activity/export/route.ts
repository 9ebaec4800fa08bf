import { exportActivity } from "@/lib/activity/export";
import { activityTabs, readFilters } from "@/lib/activity/schema";
import { orgContext } from "@/lib/auth/request";
import { isAppError } from "@/lib/errors";

export async function GET(request: Request, { params }: { params: Promise<{ org: string }> }): Promise<Response> {
  const ctx = await orgContext((await params).org);
  const search = Object.fromEntries(new URL(request.url).searchParams);
  const tab = activityTabs.find((name) => name === search.tab) ?? "calls";
  try {
    const text = await exportActivity(ctx, tab, readFilters(search).filters);
    return new Response(text, {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        // Of our own making: the tab and the day, nothing from the request (UI-14).
        "content-disposition": `attachment; filename="gatehouse-${tab}-${ctx.now.toISOString().slice(0, 10)}.csv"`,
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
      },
    });
  } catch (error) {
    if (isAppError(error) && error.code === "forbidden") return new Response("Your role may not read activity.\n", { status: 403 });
    throw error;
  }
}
