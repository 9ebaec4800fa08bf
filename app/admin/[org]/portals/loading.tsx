export { ListSkeleton as default } from "@/components/servers/list-skeleton";
