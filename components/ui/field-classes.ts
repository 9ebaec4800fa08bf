/** How every text-like control looks. */
export const fieldClasses =
  "w-full min-w-0 rounded-md border border-input bg-card px-3 text-sm text-foreground placeholder:text-muted-foreground disabled:opacity-60 read-only:[&:not(select)]:bg-muted aria-invalid:border-error focus-visible:outline-offset-0";
