import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { Facets } from "@/lib/activity/queries";
import { type ActivityFilters, type ActivityTab, callOutcomes } from "@/lib/activity/schema";
import { cn } from "@/lib/cn";
import { outcomeWord } from "./outcome";

/** The filters as a plain GET form: what is chosen lands in the URL. Each tab has the ones that mean something there. */
export function ActivityFilterForm({ tab, path, filters, facets }: { tab: ActivityTab; path: string; filters: ActivityFilters; facets: Facets }) {
  const any = Object.keys(filters).some((name) => name !== "cursor");
  return (
    <search>
      <form action={path} className="mb-3 grid grid-cols-2 items-center gap-2 sm:flex sm:flex-wrap [&_input]:h-8 [&_select]:h-8">
        <Input
          type="search"
          name="q"
          defaultValue={filters.q}
          placeholder={searchHint[tab]}
          aria-label={searchHint[tab]}
          maxLength={200}
          className="col-span-2 sm:w-auto sm:min-w-40 sm:flex-1"
        />
        <Input
          type="search"
          name="person"
          defaultValue={filters.person}
          placeholder="Person"
          aria-label="Person, by e-mail"
          maxLength={200}
          className={cn("sm:w-auto sm:min-w-36 sm:flex-1", tab !== "calls" && "col-span-2")}
        />
        {tab === "calls" && <Choice name="server" label="Every server" value={filters.server} options={facets.servers} />}
        {tab !== "changes" && <Choice name="portal" label="Every portal" value={filters.portal} options={facets.portals} />}
        {tab === "calls" && (
          <Choice
            name="outcome"
            label="Every outcome"
            value={filters.outcome}
            options={[{ id: "problem", name: "Every problem" }, ...callOutcomes.map((id) => ({ id, name: outcomeWord(id) }))]}
          />
        )}
        {tab === "sign-ins" && (
          <Choice
            name="outcome"
            label="Every outcome"
            value={filters.outcome}
            options={[
              { id: "ok", name: "ok" },
              { id: "refused", name: "refused" },
            ]}
          />
        )}
        <span className="col-span-2 flex items-center gap-2 text-muted-foreground text-table">
          <span aria-hidden>From</span>
          <Input type="date" name="from" defaultValue={filters.from} aria-label="From this day, UTC" className="sm:w-36" />
          <span aria-hidden>to</span>
          <Input type="date" name="to" defaultValue={filters.to} aria-label="To this day, UTC" className="sm:w-36" />
        </span>
        <span className="col-span-2 flex items-center gap-3">
          <Button type="submit" variant="outline">
            Filter
          </Button>
          {any && (
            <Link href={path} className="text-primary text-table hover:underline">
              Clear
            </Link>
          )}
        </span>
      </form>
    </search>
  );
}

const searchHint: Record<ActivityTab, string> = { calls: "Tool or method", "sign-ins": "Event, client or reference", changes: "Change or name" };

function Choice({ name, label, value, options }: { name: string; label: string; value?: string; options: { id: string; name: string }[] }) {
  return (
    <Select name={name} defaultValue={value ?? ""} aria-label={label} className="sm:w-36">
      <option value="">{label}</option>
      {options.map((option) => (
        <option key={option.id} value={option.id}>
          {option.name}
        </option>
      ))}
    </Select>
  );
}
