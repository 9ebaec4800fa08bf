"use client";

import { usePathname } from "next/navigation";
import { Breadcrumbs } from "@/components/shared/breadcrumbs";
import { crumbsOf, type Navigation } from "./navigation";

/** Where one is, in the top bar. */
export function TopCrumbs({ navigation }: { navigation: Navigation }) {
  return <Breadcrumbs items={crumbsOf(navigation, usePathname())} />;
}
