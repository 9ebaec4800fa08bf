import { cn } from "@/lib/cn";

export type SparklineProps = {
  values: number[];
  /** Says in words what the line shows. */
  label: string;
  className?: string;
};

/** Small bars, one a value; the words are in `label`. */
export function Sparkline({ values, label, className }: SparklineProps) {
  const highest = Math.max(1, ...values);
  const width = 10;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${values.length * width - 2} 40`}
      preserveAspectRatio="none"
      className={cn("h-10 w-full text-primary", className)}
    >
      {values.map((value, index) => {
        const height = value === 0 ? 1 : Math.max(2, (value / highest) * 38);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: the place is the identity
            key={index}
            x={index * width}
            y={40 - height}
            width={width - 2}
            height={height}
            rx={1}
            className={value === 0 ? "fill-border" : "fill-current"}
          />
        );
      })}
    </svg>
  );
}
