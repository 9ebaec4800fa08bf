import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** 13 px, 36 px rows; scrolls sideways by itself, on phones with each cell in one line. Give it a `<caption>` or `aria-label`. */
export function Table({ className, ...props }: ComponentProps<"table">) {
  return (
    <section
      aria-label={props["aria-label"] ?? "Table"}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard (WCAG 2.1.1).
      tabIndex={0}
      className="scroll-hint relative w-full overflow-x-auto focus-visible:outline-offset-[-2px]"
    >
      <table className={cn("w-full text-table", className)} {...props} />
    </section>
  );
}

export function TableHeader({ className, ...props }: ComponentProps<"thead">) {
  return <thead className={cn("border-b bg-muted/50", className)} {...props} />;
}

export function TableBody({ className, ...props }: ComponentProps<"tbody">) {
  return <tbody className={cn("[&>tr:last-child]:border-0", className)} {...props} />;
}

export function TableRow({ className, ...props }: ComponentProps<"tr">) {
  return <tr className={cn("border-b hover:bg-muted/60", className)} {...props} />;
}

export function TableHead({ className, scope = "col", ...props }: ComponentProps<"th">) {
  return <th scope={scope} className={cn("h-9 whitespace-nowrap px-3 text-left font-medium text-muted-foreground", className)} {...props} />;
}

export function TableCell({ className, ...props }: ComponentProps<"td">) {
  return <td className={cn("h-9 px-3 py-1.5 align-middle max-sm:whitespace-nowrap", className)} {...props} />;
}

export function TableCaption({ className, ...props }: ComponentProps<"caption">) {
  return <caption className={cn("sr-only", className)} {...props} />;
}
