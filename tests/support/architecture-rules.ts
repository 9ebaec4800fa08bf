import { cyclesOf, type Import, importsOf, type SourceFile, wayTo, withoutComments } from "./import-rules";

const domain = ["lib", "schema", "lib/activity", "lib/auth", "lib/db", "lib/orgs", "lib/policies"] as const;

/**
 * Who may import whom at run time (types tie nothing together, so they are free). `lib` are the files directly under lib/: settings,
 * errors, ids, limits. A room may always import itself. A room without a line here is an error.
 */
export const table: Record<string, readonly string[]> = {
  schema: [],
  lib: ["lib/auth"], // form.ts asks who is there
  "lib/db": ["lib", "schema"],
  "lib/crypto": ["lib"],
  "lib/egress": ["lib"],
  "lib/mail": ["lib"],
  "lib/throttle": ["lib", "schema"],
  "lib/auth": ["lib", "schema", "lib/db", "lib/crypto"],
  "lib/activity": ["lib", "schema", "lib/auth", "lib/db"],
  "lib/people": [...domain, "lib/connections", "lib/crypto", "lib/mail", "lib/throttle", "lib/oauth", "lib/members"],
  "lib/orgs": [...domain, "lib/connections", "lib/oauth", "lib/people", "lib/throttle"],
  "lib/members": [...domain, "lib/connections", "lib/mail", "lib/oauth", "lib/throttle", "lib/people"],
  "lib/groups": [...domain, "lib/members"],
  "lib/policies": [...domain, "lib/groups"],
  "lib/gateway": ["lib", "lib/policies", "lib/mcp"], // pure: everything else comes in as an argument
  "lib/mcp": ["lib", "lib/egress", "lib/gateway"],
  "lib/mcp/upstream-auth": ["lib", "lib/egress"], // a room within the room: storage and connections come in as arguments
  "lib/servers": [...domain, "lib/connections", "lib/crypto", "lib/egress", "lib/mcp", "lib/portals"],
  "lib/portals": [...domain, "lib/gateway", "lib/oauth", "lib/mcp", "lib/servers"],
  "lib/connections": [...domain, "lib/crypto", "lib/egress", "lib/gateway", "lib/mcp", "lib/mcp/upstream-auth", "lib/portals", "lib/servers", "lib/throttle"],
  "lib/oauth": [...domain, "lib/crypto", "lib/egress", "lib/gateway", "lib/portals", "lib/throttle"],
  "lib/service-tokens": [...domain, "lib/oauth"],
  "lib/connect": [...domain, "lib/connections", "lib/gateway", "lib/oauth", "lib/portals"],
  // It walks every way in and out, and nothing imports it but its own pages.
  "lib/doctor": [...domain, "lib/connections", "lib/egress", "lib/mcp", "lib/mcp/upstream-auth", "lib/oauth", "lib/portals", "lib/throttle"],
  "lib/notices": [...domain, "lib/connections", "lib/crypto", "lib/egress", "lib/mail", "lib/mcp", "lib/throttle"],
  "lib/overview": domain, // what the first page counts across the rooms
  "lib/upkeep": [...domain, "lib/servers", "lib/notices", "lib/oauth", "lib/endpoint"],
  // The composition root, where the ports are wired.
  "lib/endpoint": [
    ...domain,
    "lib/connections",
    "lib/crypto",
    "lib/gateway",
    "lib/mcp",
    "lib/oauth",
    "lib/portals",
    "lib/servers",
    "lib/upkeep",
    "lib/throttle",
    "lib/egress",
  ],
  "lib/process": [...domain, "lib/crypto", "lib/endpoint", "lib/mcp", "lib/upkeep"], // what a process is, and how several stand together
  components: ["lib", "lib/*"], // narrowed below: pure files and actions only
  app: ["lib", "lib/*", "components"],
  server: ["lib", "lib/*"],
};

/** Files of lib/ that belong to the page side, where Next.js and `server-only` may stand. */
const pageSide = (path: string) =>
  /^lib\/(form|auth\/(request|sign-in)|people\/front-action|orgs\/fresh)\.ts$/.test(path) || /\/actions\.ts$/.test(path) || path.startsWith("app/");
// instrumentation.ts asks Next.js in which runtime it is (`NEXT_RUNTIME`), before settings can be read.
const mayReadEnvironment = new Set(["lib/env.ts", "instrumentation.ts"]);
// The process listens, and hands requests to processes of its own; draining names the type of what listens.
const mayReachNetwork = (path: string) =>
  path.startsWith("lib/egress/") || path.startsWith("lib/process/") || path === "server.ts" || path === "lib/endpoint/drain.ts";
const network = /^(node:)?(https?|http2|net|tls|dgram|dns(\/promises)?)$|^(undici|ws|nodemailer)(\/|$)/;
/** What has a network of its own, each where it is wrapped; lib/db/share.ts listens at a socket of the file system. */
const networkIn: Record<string, string> = { nodemailer: "lib/mail/", ws: "lib/db/", "node:net": "lib/db/share.ts" };
const notForBrowsers = (to: string) =>
  /^(node:|drizzle-orm|pg$|server-only$|next\/headers$|@electric-sql|@neondatabase|@node-rs)/.test(to) ||
  to.startsWith("lib/db/") ||
  to === "lib/env.ts" ||
  to.startsWith("drizzle/");

/** Every break of the rules, in words. Tests are not judged, only what ships. */
export function violations(files: readonly SourceFile[]): string[] {
  const sources = new Map(files.map((file) => [file.path, file.source]));
  const imports = importsOf(files);
  const directive = (path: string, name: string) => new RegExp(`^\\s*["']use ${name}["']`).test(withoutComments(sources.get(path) ?? "").trimStart());
  const client = files.filter((file) => directive(file.path, "client")).map((file) => file.path);
  const isAction = (path: string) => directive(path, "server");
  return [
    ...files
      .map((file) => roomOf(file.path))
      .flatMap((room, i, all) => (table[room] || all.indexOf(room) !== i ? [] : [`room ${room} has no line in the table`])),
    ...imports.flatMap((found) => [
      ...outsideTable(found, sources),
      ...fencedPackage(found),
      ...componentsLoadNothing(found, isAction),
      ...pureStaysPure(found),
    ]),
    ...cyclesOf(imports).map((ring) => `cycle: ${ring.join(" → ")}`),
    ...files.flatMap(({ path, source }) => [...readsEnvironment(path, source), ...fetches(path, source)]),
    ...client.flatMap((path) => way("client component reaches the server", wayTo(path, imports, notForBrowsers, isAction))),
    ...(sources.has("server.ts")
      ? way(
          "server.ts reaches page-side code",
          wayTo(
            "server.ts",
            imports,
            (to) => to === "server-only" || /^next\/|^react/.test(to),
            () => false,
          ),
        )
      : []),
  ];
}

export function roomOf(path: string): string {
  const [first = "", second = "", third] = path.split("/");
  if (path.startsWith("lib/mcp/upstream-auth/")) return "lib/mcp/upstream-auth";
  if (first === "lib") return third === undefined ? "lib" : `lib/${second}`;
  if (first === "drizzle") return "schema";
  return first === "app" || first === "components" ? first : "server";
}

function outsideTable({ from, to, isType }: Import, known: ReadonlyMap<string, string>): string[] {
  if (isType || !known.has(to)) return [];
  const [room, other] = [roomOf(from), roomOf(to)];
  const allowed = table[room] ?? [];
  return room === other || allowed.includes(other) || (other.startsWith("lib/") && allowed.includes("lib/*"))
    ? []
    : [`${from} may not import ${to}: ${room} ↛ ${other}`];
}

function fencedPackage({ from, to, isType }: Import): string[] {
  if (isType) return [];
  if (to.startsWith("@modelcontextprotocol/") && !from.startsWith("lib/mcp/")) return [`${from} imports ${to}: the SDK runs in lib/mcp only`];
  if (to === "server-only" && !pageSide(from)) return [`${from} imports server-only: it throws outside Next.js`];
  if (/^next(\/|$)/.test(to) && from.startsWith("lib/") && !pageSide(from) && !from.startsWith("lib/auth/"))
    return [`${from} imports ${to}: lib/ knows no framework`];
  const home = networkIn[to.split("/")[0] ?? ""];
  if (network.test(to) && !mayReachNetwork(from) && !(home && from.startsWith(home)))
    return [`${from} imports ${to}: the network is reached through lib/egress only`];
  return [];
}

function componentsLoadNothing({ from, to, isType }: Import, isAction: (path: string) => boolean): string[] {
  if (isType || !from.startsWith("components/")) return [];
  const loads = /^(drizzle-orm|drizzle\/)/.test(to) || to.startsWith("lib/db/") || (/\/(queries|commands)\.ts$/.test(to) && !isAction(to));
  return loads ? [`${from} imports ${to}: components load nothing`] : [];
}

const pure = (path: string) =>
  path.startsWith("lib/gateway/") || /^lib\/(policies\/evaluate|auth\/roles|activity\/explain|connect\/guides)\.ts$/.test(path) || /\/schema\.ts$/.test(path);

function pureStaysPure({ from, to, isType }: Import): string[] {
  if (isType || !pure(from) || !from.startsWith("lib/")) return [];
  return /^(drizzle-orm|drizzle\/)/.test(to) || to.startsWith("lib/db/") || to === "lib/env.ts" ? [`${from} imports ${to}: it is pure`] : [];
}

function readsEnvironment(path: string, source: string): string[] {
  if (mayReadEnvironment.has(path)) return [];
  const rest = withoutComments(source).replaceAll("process.env.NODE_ENV", "");
  return /\bprocess\.env\b|\bprocess\[["']env["']\]|import\.meta\.env/.test(rest) ? [`${path} reads process.env: only lib/env.ts does`] : [];
}

// A browser may ask its own origin (`fetch("/…")`); everything else goes through lib/egress.
function fetches(path: string, source: string): string[] {
  if (mayReachNetwork(path)) return [];
  return /(^|[^.\w])(globalThis\.)?fetch\((?!\s*["'`]\/[^/])|new (WebSocket|EventSource|XMLHttpRequest)\(/m.test(withoutComments(source))
    ? [`${path} fetches: the network is reached through lib/egress only`]
    : [];
}

const way = (what: string, path: string[] | null) => (path ? [`${what}: ${path.join(" → ")}`] : []);
