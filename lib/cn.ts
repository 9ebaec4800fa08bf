import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

/** Joins class names; of two that set the same thing the last one counts. */
export const cn = (...classes: ClassValue[]) => merge(clsx(classes));

// `text-table` is a size of ours; without this line it would be taken for a colour.
const merge = extendTailwindMerge({ extend: { classGroups: { "font-size": ["text-table"] } } });
