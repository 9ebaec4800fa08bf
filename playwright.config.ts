import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests/e2e",
  timeout: 180_000,
  expect: { timeout: 15_000 },
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
    },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
  projects: [
    { name: "story", testMatch: "story.spec.ts" },
    { name: "connections", testMatch: "connections.spec.ts" },
    { name: "service-tokens", testMatch: "service-tokens.spec.ts" },
    { name: "notices", testMatch: "notices.spec.ts" },
    { name: "pages", testMatch: "pages.spec.ts", grepInvert: /@full/ },
    { name: "pages-full", testMatch: "pages.spec.ts", grep: /@full/ },
  ],
});
