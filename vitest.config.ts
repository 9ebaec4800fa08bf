import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": import.meta.dirname, "server-only": `${import.meta.dirname}/tests/support/server-only.ts` } },
  test: {
    include: ["lib/**/*.test.ts", "tests/**/*.test.ts", "components/**/*.test.ts"],
    exclude: ["tests/e2e/**", "tests/full/**", "**/node_modules/**"],
    globalSetup: ["tests/support/run.ts"],
    setupFiles: ["tests/support/setup.ts"],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    allowOnly: !process.env.CI,
  },
});
