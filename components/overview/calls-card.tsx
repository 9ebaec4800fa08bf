import Link from "next/link";
import { Sparkline } from "@/components/shared/sparkline";
import { Card } from "@/components/ui/card";

export type CallsCardProps = { days: { day: string; calls: number; problems: number }[]; href: string };

/** Calls today and the fourteen days before them. */
export function CallsCard({ days, href }: CallsCardProps) {
  const today = days.at(-1) ?? { day: "", calls: 0, problems: 0 };
  const all = days.reduce((sum, day) => sum + day.calls, 0);
  return (
    <Card className="flex flex-wrap items-end gap-x-10 gap-y-4 p-4">
      <Figure label="Calls today (UTC)" value={today.calls} href={`${href}?from=${today.day}&to=${today.day}`} />
      <Figure label="Problems today" value={today.problems} href={`${href}?outcome=problem&from=${today.day}&to=${today.day}`} />
      <div className="min-w-48 flex-1">
        <Sparkline values={days.map((day) => day.calls)} label={`Calls per day over ${days.length} days: ${days.map((day) => day.calls).join(", ")}`} />
        <p className="mt-1 text-muted-foreground text-xs tabular-nums">
          {all.toLocaleString("en")} in {days.length} days
        </p>
      </div>
    </Card>
  );
}

function Figure({ label, value, href }: { label: string; value: number; href: string }) {
  return (
    <Link href={href} className="rounded-sm hover:underline">
      <span className="block text-muted-foreground text-table">{label}</span>
      <span className="block font-semibold text-xl tabular-nums">{value.toLocaleString("en")}</span>
    </Link>
  );
}
