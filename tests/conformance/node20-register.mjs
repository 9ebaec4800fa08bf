// The suite imports `globSync` from "fs", which Node 20 does not have; it is only used for a report that we do not ask for.
import { register } from "node:module";

register("./node20-hooks.mjs", import.meta.url);
