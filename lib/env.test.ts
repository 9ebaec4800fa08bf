import { expect, test } from "vitest";
import { parseEnv } from "./env";
import { limits } from "./limits";

test("nothing set gives a loopback installation that anyone on the machine may try", () => {
  expect(parseEnv({})).toMatchObject({
    publicUrl: "http://localhost:3000",
    isLoopback: true,
    isSecure: false,
    host: "127.0.0.1",
    signUp: "open",
    egressAllow: ["loopback"],
    DATA_DIR: ".data",
  });
});

test("CR-02: off loopback sign-up waits for the code on the console, and egress allows nothing private", () => {
  expect(parseEnv({ PUBLIC_URL: "https://gate.acme.com" })).toMatchObject({
    publicUrl: "https://gate.acme.com",
    isSecure: true,
    host: "0.0.0.0",
    signUp: "setup_code",
    egressAllow: [],
  });
});

test.each<[string, Record<string, string>, string]>([
  ["the embedded database spools", {}, "spool"],
  ["PostgreSQL commits", { DATABASE_URL: "postgres://localhost/x" }, "commit"],
  ["either may be chosen", { DATABASE_URL: "postgres://localhost/x", CALL_LOG: "spool" }, "spool"],
  ["either way", { CALL_LOG: "commit" }, "commit"],
])("the record of calls: %s", (_name, source, callLog) => {
  expect(parseEnv(source).callLog).toBe(callLog);
});

test("OA-20: documents of clients are taken from anywhere, nowhere, or listed domains", () => {
  expect([undefined, "off", "claude.ai, openai.com"].map((OAUTH_CIMD) => parseEnv({ OAUTH_CIMD }).OAUTH_CIMD)).toEqual([
    "on",
    "off",
    ["claude.ai", "openai.com"],
  ]);
  expect(() => parseEnv({ OAUTH_CIMD: "https://claude.ai" })).toThrow(/OAUTH_CIMD.*domains/);
});

test("limits are changed one by one, and the others stay", () => {
  const { LIMIT_CALLS_AT_ONCE, LIMIT_REQUESTS_PER_SECOND } = parseEnv({ LIMIT_CALLS_AT_ONCE: "grant=20, server=100" });
  expect(LIMIT_CALLS_AT_ONCE).toEqual({ ...limits.callsAtOnce, grant: 20, server: 100 });
  expect(LIMIT_REQUESTS_PER_SECOND).toEqual(limits.requestsPerSecond);
});

test.each<[string, Record<string, string>, RegExp]>([
  ["a limit that does not exist", { LIMIT_CALLS_AT_ONCE: "grants=20" }, /must be pairs like `grant=8`/],
  ["a limit of nothing", { LIMIT_REQUESTS_PER_SECOND: "person=0" }, /must be pairs like/],
  ["plain http off loopback", { PUBLIC_URL: "http://gate.acme.com" }, /must be https unless/],
  ["a path in the public URL", { PUBLIC_URL: "https://acme.com/gate" }, /must be an origin/],
  ["a short secret", { GATEHOUSE_SECRET: "short" }, /at least 32 bytes/],
  ["a placeholder secret", { GATEHOUSE_SECRET: "change-me-change-me-change-me-change-me" }, /placeholder/],
  ["a repeated secret", { GATEHOUSE_SECRET: "a".repeat(40) }, /placeholder/],
  ["an unknown database scheme", { DATABASE_URL: "mysql://localhost/x" }, /must start with postgres/],
  ["switched-off certificate checks", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, /must not be switched off/],
  ["a wildcard egress exception", { EGRESS_ALLOW: "*.internal" }, /host:port/],
])("%s is refused", (_name, source, message) => {
  expect(() => parseEnv(source)).toThrow(message);
});

test("OP-04: everything that is wrong is said at once", () => {
  const attempt = () => parseEnv({ PORT: "seventy", PUBLIC_URL: "ftp://x", GATEHOUSE_SECRET: "short", SIGN_UP: "maybe" });
  for (const name of ["PORT", "PUBLIC_URL", "GATEHOUSE_SECRET", "SIGN_UP"]) expect(attempt).toThrow(new RegExp(`- ${name}`));
});
