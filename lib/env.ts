import ipaddr from "ipaddr.js";
import { z } from "zod";
import { limits } from "./limits";
import { forget, singleton } from "./singleton";

const text = z.string().trim();
const hostPort = z.string().regex(/^(\[[0-9a-f:]+\]|[a-z0-9.-]+):\d{1,5}$|^loopback$/i, "must be `host:port` or `loopback`");
const domain = z.string().regex(/^([a-z0-9-]+\.)+[a-z0-9-]+$/, "must be `on`, `off`, or domains separated by commas");
const list = (item: z.ZodType<string, string>) =>
  text
    .transform((value) =>
      value
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(item));

/** `name=number` pairs, comma separated, that change some of the given numbers. */
function numbers<N extends Record<string, number>>(defaults: N) {
  const names = Object.keys(defaults);
  const pair = z.string().regex(new RegExp(`^(${names.join("|")})=[1-9]\\d{0,6}$`), `must be pairs like \`${names[0]}=8\`, of ${names.join(", ")}`);
  return list(pair)
    .default([])
    .transform((pairs): N => ({ ...defaults, ...Object.fromEntries(pairs.map((text) => text.split("=")).map(([name, value]) => [name, Number(value)])) }));
}

const shape = z.object({
  NODE_ENV: text.default("production"),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  /** Interface to listen on; loopback unless PUBLIC_URL says that others should reach it. */
  HOST: text.optional(),
  PUBLIC_URL: text.optional(),
  DATA_DIR: text.default(".data"),
  DATABASE_URL: text.regex(/^postgres(ql)?:\/\//, "must start with postgres:// or postgresql://").optional(),
  /** Forces Neon's driver and names the WebSocket proxy it talks to; for tests and private proxies. */
  NEON_WS_PROXY: text.optional(),
  GATEHOUSE_SECRET: text.optional(),
  /** Older master keys, comma separated, still able to decrypt. */
  GATEHOUSE_SECRET_PREVIOUS: list(text).optional(),
  SMTP_URL: text.regex(/^smtps?:\/\//, "must start with smtp:// or smtps://").optional(),
  MAIL_FROM: text.default("Gatehouse <gatehouse@localhost>"),
  SIGN_UP: z.enum(["open", "invited"]).optional(),
  EGRESS_ALLOW: list(hostPort).optional(),
  /** Addresses or ranges whose X-Forwarded-For counts, or `loopback`. */
  TRUSTED_PROXIES: list(text.refine(isAddressOrRange, "must be an address, a range like 10.0.0.0/8, or `loopback`")).default([]),
  OAUTH_DCR: z.enum(["on", "off"]).default("on"),
  /** Whose client metadata documents are taken: of any https host, of nobody, or of these domains and what is below them. */
  OAUTH_CIMD: z.union([z.enum(["on", "off"]), list(domain)]).default("on"),
  /** Extra native-app callbacks beside the documented ones of Cursor and VS Code; exact URIs. */
  OAUTH_NATIVE_REDIRECTS: list(text).default([]),
  /** How a call is on record before it is made: `commit` in the database, `spool` in a file on this machine that is drained into it. */
  CALL_LOG: z.enum(["commit", "spool"]).optional(),
  /** At SIGTERM, how long new connections are still taken, until a load balancer has seen that this process is not ready. */
  SHUTDOWN_DELAY_SECONDS: z.coerce.number().int().min(0).max(60).optional(),
  /** `off` is enough against the death of our own process; `on` also against that of PostgreSQL's machine. */
  CALL_LOG_COMMIT: z.enum(["off", "on"]).default("off"),
  /** How many calls at once, in each process; the others keep their default. */
  LIMIT_CALLS_AT_ONCE: numbers(limits.callsAtOnce),
  /** How many requests a second, on all instances together. */
  LIMIT_REQUESTS_PER_SECOND: numbers(limits.requestsPerSecond),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export type Env = z.infer<typeof shape> & {
  /** The issuer: an origin without a trailing slash. */
  publicUrl: string;
  isLoopback: boolean;
  isSecure: boolean;
  host: string;
  signUp: "open" | "invited" | "setup_code";
  callLog: "commit" | "spool";
  egressAllow: string[];
  shutdownDelayMs: number;
};

const placeholders = /^(change.?me|secret|password|example|placeholder|test|your[-_ ])/i;

/** The settings, or one error that lists everything that is wrong with them. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = shape.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  const port = Number(given.PORT ?? 3000);
  const url = publicUrl(given.PUBLIC_URL ?? `http://localhost:${Number.isInteger(port) ? port : 3000}`, problems);
  const secret = given.GATEHOUSE_SECRET;
  if (secret !== undefined) {
    if (Buffer.byteLength(secret) < 32) problems.push("GATEHOUSE_SECRET: must have at least 32 bytes, e.g. `openssl rand -base64 32`");
    else if (placeholders.test(secret) || new Set(secret).size < 10) problems.push("GATEHOUSE_SECRET: looks like a placeholder, make a random one");
  }
  if (given.NODE_TLS_REJECT_UNAUTHORIZED === "0") problems.push("NODE_TLS_REJECT_UNAUTHORIZED: certificate checks must not be switched off");
  if (!parsed.success || problems.length > 0 || !url) throw new Error(`these settings are wrong:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
  const isLoopback = isLoopbackHost(url.hostname);
  return {
    ...parsed.data,
    publicUrl: url.origin,
    isLoopback,
    isSecure: url.protocol === "https:",
    host: parsed.data.HOST ?? (isLoopback ? "127.0.0.1" : "0.0.0.0"),
    signUp: parsed.data.SIGN_UP ?? (isLoopback ? "open" : "setup_code"),
    // A call on the embedded database would wait for its disk, and pages wait for the call.
    callLog: parsed.data.CALL_LOG ?? (parsed.data.DATABASE_URL ? "commit" : "spool"),
    shutdownDelayMs: (parsed.data.SHUTDOWN_DELAY_SECONDS ?? (isLoopback ? 0 : 5)) * 1_000,
    egressAllow: parsed.data.EGRESS_ALLOW ?? (isLoopback ? ["loopback"] : []),
  };
}

export function env(): Env {
  return singleton("env", () => parseEnv(process.env));
}

/** next-auth reads its address and secret from the environment whatever its options say. */
export function provideNextAuthEnv(secret: string): void {
  process.env.NEXTAUTH_URL = env().publicUrl;
  process.env.NEXTAUTH_SECRET = secret;
}

/** `PORT=0` asks for any free port. The default PUBLIC_URL names it, so it is settled before anything else reads the settings. */
export function settlePort(port: number): void {
  process.env.PORT = String(port);
  forget("env");
}

export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function isAddressOrRange(value: string): boolean {
  return value === "loopback" || (value.includes("/") ? ipaddr.isValidCIDR(value) : ipaddr.isValid(value));
}

function publicUrl(value: string, problems: string[]): URL | null {
  const url = URL.parse(value);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
    problems.push("PUBLIC_URL: must be an http or https URL");
    return null;
  }
  if (url.pathname !== "/" || url.search || url.hash || url.username) problems.push("PUBLIC_URL: must be an origin, without path, query or user");
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) problems.push("PUBLIC_URL: must be https unless it is loopback");
  return url;
}
