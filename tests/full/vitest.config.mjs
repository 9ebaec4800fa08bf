import { defineConfig } from "vitest/config";
import common from "../../vitest.config.ts";

/** What only `npm run test:full` runs. */
export default defineConfig({
  ...common,
  root: `${import.meta.dirname}/../..`,
  test: { ...common.test, include: ["tests/full/**/*.test.ts"], exclude: ["**/node_modules/**"], testTimeout: 120_000, hookTimeout: 240_000 },
});
