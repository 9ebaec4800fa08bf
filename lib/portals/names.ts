import { createHash } from "node:crypto";
import type { CapabilityKind } from "@/drizzle/schema/servers";
import { limits } from "@/lib/limits";
import { overlaps } from "./uri-overlap";

/** A capability as its server names it. */
export type Nameable = { id: string; kind: CapabilityKind; name: string };
type Exposed = { kind: CapabilityKind; exposedName: string };
type Request = { kind: CapabilityKind; name: string; serverSlug: string; prefixed: boolean; contested?: boolean };

/**
 * The name under which clients of a portal know a capability (design 4.10). `taken` holds the `nameKey`s of the portal; the
 * result is stored, so it needs to be unique and the same for the same question, and nothing ever has to be parsed out of it.
 */
export function allocateName(request: Request, taken: ReadonlySet<string>): string {
  const free = (name: string) => !taken.has(nameKey(request.kind, name));
  for (const candidate of candidates(request)) if (free(candidate)) return candidate;
  throw new Error("unreachable: the candidates do not end");
}

/**
 * Names for several capabilities of one server; each also takes its name from the next. `others` are the exposed resources and templates
 * of other servers: a URI that one of those answers for already is no longer unique, however differently it is spelt in the lists.
 */
export function allocateNames(
  server: { slug: string; prefixed: boolean },
  capabilities: readonly Nameable[],
  taken: ReadonlySet<string>,
  others: readonly Exposed[] = [],
): Map<string, string> {
  const addressed = others.filter(({ kind }) => !isCallName(kind)).map(({ kind, exposedName }) => ({ kind, name: exposedName }));
  const all = new Set(taken);
  const names = new Map<string, string>();
  // A name that can stay as it is goes before one that is altered into the same, whatever order the server lists them in.
  const ordered = [...capabilities].sort((a, b) => Number(isAltered(a)) - Number(isAltered(b)));
  for (const { id, kind, name } of ordered) {
    const contested = !isCallName(kind) && overlaps({ kind, name }, addressed);
    const exposed = allocateName({ kind, name, serverSlug: server.slug, prefixed: server.prefixed, contested }, all);
    all.add(nameKey(kind, exposed));
    names.set(id, exposed);
  }
  return names;
}

/** "Prefix when needed": whether a newcomer's bare tool or prompt names would meet names that clients know already. */
export function needsPrefix(capabilities: readonly Nameable[], taken: ReadonlySet<string>): boolean {
  return capabilities.some(({ kind, name }) => isCallName(kind) && taken.has(nameKey(kind, plainName(kind, name))));
}

/** What must be unique in a portal: the kind and the case-folded name, like the index `toggle_name_key`. */
export const nameKey = (kind: CapabilityKind, exposedName: string) => `${kind} ${exposedName.toLowerCase()}`;

/** Why a name that a person chose cannot be used, or null. */
export function nameProblem(kind: CapabilityKind, name: string): string | null {
  if (!isCallName(kind)) return null;
  if (name.length > limits.exposedNameCharsMax) return `is longer than ${limits.exposedNameCharsMax} characters`;
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return "use letters, digits, `_` and `-`";
  return isReserved(name) ? "is reserved" : null;
}

function* candidates(request: Request): Generator<string> {
  yield* isCallName(request.kind) ? callNames(request) : uris(request);
}

function* callNames({ kind, name, serverSlug, prefixed }: Request): Generator<string> {
  const plain = plainName(kind, name);
  if (!prefixed && !isReserved(plain)) yield shortened(plain, serverSlug, name);
  const withPrefix = unreserved(`${serverSlug}_${plain}`);
  yield shortened(withPrefix, serverSlug, name);
  for (let round = 0; ; round++) yield suffixed(withPrefix, hash(serverSlug, name, round));
}

// `ui://` has to stay `ui://` (MCP Apps). Any other URI stands whole behind a scheme of our own, as an opaque path: a prefix inside
// would be read as its host, drive or bucket, and clients that normalise hosts, ports and dots leave an opaque path alone.
function* uris({ name, serverSlug, contested }: Request): Generator<string> {
  if (!contested) yield name;
  const rewritten = (server: string) => (/^ui:\/\//i.test(name) ? `ui://${server}/${name.slice(5)}` : `gatehouse+${server}:${name}`);
  yield rewritten(serverSlug);
  for (let round = 0; ; round++) yield rewritten(`${serverSlug}-${hash(serverSlug, name, round)}`);
}

function plainName(kind: CapabilityKind, name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/gu, "_");
  return /[A-Za-z0-9]/.test(plain) ? plain : `${kind}_${hash("", name, 0)}`;
}

const isCallName = (kind: CapabilityKind) => kind === "tool" || kind === "prompt";
const isAltered = ({ kind, name }: Nameable) => isCallName(kind) && (plainName(kind, name) !== name || name.length > limits.exposedNameCharsMax);

const prototypeNames = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype"].map((name) => name.toLowerCase()));
// `portal_` belongs to the portal's own tools; the names every object has would confuse clients that keep tools in one (SC-05).
const isReserved = (name: string) => /^portal_/i.test(name) || prototypeNames.has(name.toLowerCase());
const unreserved = (name: string) => name.replace(/^portal_/i, "portal-");

const shortened = (text: string, serverSlug: string, name: string) =>
  text.length <= limits.exposedNameCharsMax ? text : suffixed(text, hash(serverSlug, name, 0));
const suffixed = (text: string, suffix: string) => `${text.slice(0, limits.exposedNameCharsMax - suffix.length - 1)}_${suffix}`;
const hash = (serverSlug: string, name: string, round: number) =>
  createHash("sha256")
    .update(`${serverSlug}\n${name}${round > 0 ? `\n${round}` : ""}`)
    .digest("hex")
    .slice(0, 8);
