import { ActivitySkeleton } from "@/components/activity/skeleton";

export default function Loading() {
  return <ActivitySkeleton />;
}
