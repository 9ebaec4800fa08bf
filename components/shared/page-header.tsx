import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Breadcrumbs, type Crumb } from "./breadcrumbs";

export type PageHeaderProps = {
  title: ReactNode;
  /** One sentence. */
  description?: ReactNode;
  /** At most two buttons. */
  actions?: ReactNode;
  /** The way here, without the page itself. */
  breadcrumbs?: Crumb[];
  /** A dot, a badge, beside the title. */
  status?: ReactNode;
  className?: string;
};

/** The head of every page: its one `h1`, one sentence, at most two actions. */
export function PageHeader({ title, description, actions, breadcrumbs, status, className }: PageHeaderProps) {
  return (
    <header className={cn("mb-6 flex flex-col gap-2", className)}>
      {breadcrumbs && breadcrumbs.length > 0 && <Breadcrumbs items={breadcrumbs} />}
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="wrap-anywhere min-w-0 font-semibold text-xl leading-7 tracking-tight">{title}</h1>
            {status}
          </div>
          {description && <div className="wrap-anywhere mt-0.5 text-muted-foreground">{description}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2 max-sm:w-full">{actions}</div>}
      </div>
    </header>
  );
}
