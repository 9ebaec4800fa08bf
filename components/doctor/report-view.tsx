import Link from "next/link";
import { StatusDot, type Tone } from "@/components/shared/status-dot";
import { Card } from "@/components/ui/card";
import { firstFailure, type Report, type Step, type Verdict, verdictOf, type Walked } from "@/lib/doctor/report";
import { Words } from "./words";

/** What a check found: each way with its verdict, those that failed unfolded. */
export function ReportView({ report, org }: { report: Report; org: string }) {
  return (
    <section aria-label="What was found" className="flex flex-col gap-3">
      {report.walks.map((walked) => (
        <Card key={walked.id}>
          <details open={verdictOf(walked) === "failed" || report.walks.length === 1}>
            <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
              <h2 className="font-semibold">{walked.name}</h2>
              <Verdicts walked={walked} />
            </summary>
            <ol className="flex flex-col gap-3 border-t px-4 py-3">
              {together(walked.steps).map((step) => (
                <StepLine key={step.id} step={step} />
              ))}
            </ol>
            {walked.reference && (
              <p className="border-t px-4 py-2 text-muted-foreground text-table">
                In Activity as{" "}
                <Link href={`/admin/${org}/activity/sign-ins?q=${walked.reference}`} className="font-mono underline underline-offset-4">
                  {walked.reference}
                </Link>
              </p>
            )}
          </details>
        </Card>
      ))}
    </section>
  );
}

function Verdicts({ walked }: { walked: Walked }) {
  const failure = firstFailure(walked);
  return failure ? <StatusDot tone="error">fails at: {failure.title}</StatusDot> : <StatusDot tone="ok">passed</StatusDot>;
}

const tones: Record<Verdict, Tone> = { passed: "ok", failed: "error", skipped: "off" };

/** Neighbours that were skipped for one reason read as one. */
function together(steps: readonly Step[]): Step[] {
  const lines: Step[] = [];
  for (const step of steps) {
    const last = lines.at(-1);
    if (last?.verdict === "skipped" && step.verdict === "skipped" && last.words === step.words) {
      lines.splice(-1, 1, { ...last, title: `${last.title} · ${step.title}` });
    } else lines.push(step);
  }
  return lines;
}

function StepLine({ step }: { step: Step }) {
  return (
    <li className="grid items-start gap-x-4 gap-y-0.5 sm:grid-cols-[6rem_1fr]">
      <StatusDot tone={tones[step.verdict]}>{step.verdict}</StatusDot>
      <div className="min-w-0">
        <h3 className={step.verdict === "skipped" ? "text-muted-foreground" : "font-medium"}>{step.title}</h3>
        <p className="wrap-anywhere text-muted-foreground text-table">
          <Words text={step.words} />
          {step.fix && (
            <>
              {" "}
              <Link href={step.fix.path} className="text-primary underline underline-offset-4">
                {step.fix.label}
              </Link>
            </>
          )}
        </p>
      </div>
    </li>
  );
}
