import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export type EmptyStateProps = { title: ReactNode; description?: ReactNode; text?: ReactNode; action?: ReactNode; icon?: ReactNode; className?: string };

/** What a list says when it is empty: why, and the one thing to do. `text` is another name for `description`. */
export function EmptyState({ title, description, text, action, icon, className }: EmptyStateProps) {
  const words = description ?? text;
  return (
    <div className={cn("flex flex-col items-center gap-1 rounded-lg border border-edge border-dashed px-6 py-10 text-center", className)}>
      {icon && <div className="mb-2 text-muted-foreground [&_svg]:size-6">{icon}</div>}
      <p className="font-medium">{title}</p>
      {words && <div className="max-w-md text-pretty text-muted-foreground">{words}</div>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
