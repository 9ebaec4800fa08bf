"use client";

import { Alert } from "@/components/ui/alert";
import type { Report } from "@/lib/doctor/report";
import type { FormState } from "@/lib/form";
import { ReportView } from "./report-view";

/** What came of a check that was asked for, if it was. */
export function CheckOutcome({ state, isPending, org }: { state: FormState; isPending: boolean; org: string }) {
  const report = reportOf(state);
  return (
    <div role="status" aria-busy={isPending} className="empty:hidden">
      {!isPending && state.status === "error" && <Alert variant="error">{state.fields?.client ?? state.message}</Alert>}
      {!isPending && report && <ReportView report={report} org={org} />}
    </div>
  );
}

// `FormState.data` is unknown because every command gives back its own.
export function reportOf({ status, data }: FormState): Report | null {
  return status === "ok" && typeof data === "object" && data !== null && "walks" in data ? (data as Report) : null; // What our own action gave back.
}
