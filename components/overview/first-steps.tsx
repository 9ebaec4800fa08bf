import { Check } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/lib/cn";

export type Step = { title: string; text: string; isDone: boolean; button: string; href: string };

/** Five steps to the first tool call; each ticks itself off, the next one has the button in colour. */
export function FirstSteps({ steps }: { steps: Step[] }) {
  const next = steps.findIndex((step) => !step.isDone);
  const done = steps.filter((step) => step.isDone).length;
  return (
    <section aria-labelledby="first-steps">
      <div className="mb-3 flex items-baseline justify-between gap-2">
        <h2 id="first-steps" className="font-semibold">
          Five steps to your first tool call
        </h2>
        <p className="text-muted-foreground text-table tabular-nums">{done} of 5 done</p>
      </div>
      <Card>
        <ol className="divide-y">
          {steps.map((step, index) => (
            <li key={step.title} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3.5">
              <span
                aria-hidden
                className={cn(
                  "grid size-6 shrink-0 place-items-center rounded-full border font-medium text-xs",
                  step.isDone && "border-transparent bg-ok-soft text-ok",
                  index === next && "border-primary text-primary",
                  !step.isDone && index !== next && "text-muted-foreground",
                )}
              >
                {step.isDone ? <Check className="size-3.5" /> : index + 1}
              </span>
              <div className="min-w-0 flex-1 basis-56">
                <p className="font-medium">
                  {step.title}
                  {step.isDone && <span className="sr-only"> (done)</span>}
                </p>
                <p className="text-muted-foreground text-table">{step.text}</p>
              </div>
              {step.isDone ? (
                <span className="font-medium text-ok text-table">Done</span>
              ) : (
                <Button asChild variant={index === next ? "primary" : "secondary"} size="sm">
                  <Link href={step.href}>{step.button}</Link>
                </Button>
              )}
            </li>
          ))}
        </ol>
      </Card>
    </section>
  );
}
