export * from "./activity";
export * from "./connections";
export * from "./oauth";
export * from "./orgs";
export * from "./people";
export * from "./portals";
export * from "./servers";
export * from "./service-tokens";
