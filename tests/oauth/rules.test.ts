import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Rule = {
  /** `file › name of the test`, by which the rule is shown. */
  shown: string[];
  /** What this product does not have, so that the rule has nothing to hold for; what is tested then is that it is not there. */
  notOffered?: string;
  /** Not met to the letter: then docs/decisions/sec-deviations.md says so. */
  deviates?: true;
};

const authorize = (name: string) => `tests/oauth/authorize.test.ts › ${name}`;
const token = (name: string) => `tests/oauth/token.test.ts › ${name}`;
const secret = (name: string) => `tests/oauth/confidential-clients.test.ts › ${name}`;
const machine = (name: string) => `tests/oauth/service-tokens.test.ts › ${name}`;
const called = (name: string) => `tests/mcp/service-tokens.test.ts › ${name}`;
const consent = (name: string) => `tests/oauth/consent.test.ts › ${name}`;
const page = (name: string) => `tests/oauth/consent-page.test.ts › ${name}`;
const registration = (name: string) => `tests/oauth/registration.test.ts › ${name}`;
const described = (name: string) => `tests/oauth/client-document.test.ts › ${name}`;
const metadata = (name: string) => `tests/oauth/metadata.test.ts › ${name}`;
const refusal = (name: string) => `tests/oauth/refusals.test.ts › ${name}`;
const portal = (name: string) => `tests/mcp/front-door.test.ts › ${name}`;
const people = (name: string) => `lib/oauth/grants.test.ts › ${name}`;

/** The rules for the authorization server, and where each is shown. */
const rules: Record<string, Rule> = {
  "OA-01": {
    shown: [
      ...["OA-01 no response type", "OA-01 the implicit flow", "OA-01 the hybrid flow", "OA-01 a request object"].map(authorize),
      ...["OA-01 a password grant", "OA-01 client credentials"].map(token),
      machine("OA-01: a client with %s may not use client_credentials: it acts for people"),
      metadata("list exactly what is accepted (OA-01, OA-02, OA-09)"),
    ],
  },
  "OA-02": {
    shown: ["OA-02 no challenge", "OA-02 no method", "OA-02 the plain method", "OA-02 an unknown method", "OA-02 a short challenge"].map(authorize),
  },
  "OA-03": {
    shown: [
      ...["OA-03 no verifier", "OA-03 a malformed verifier", "OA-03 a wrong verifier"].map(token),
      refusal("OA-03: that has no challenge is worth nothing, with a verifier or without"),
    ],
  },
  "OA-04": {
    shown: [
      ...["OA-04: a minute later it is worth nothing", "OA-04: bought twice, everything bought with it ends", "OA-04: of fifty at once one succeeds"].map(
        token,
      ),
      token("CR-05: a dump of the tables holds no code and no token"),
    ],
  },
  "OA-05": { shown: ["OA-05: another client does not burn it", "OA-05 another redirect URI", "OA-05: five failures burn it"].map(token) },
  "OA-06": {
    shown: [
      ...["OA-06 an unknown client", "OA-06 another host", "OA-06 a longer path", "OA-06 another path on loopback", "OA-06 a different case"].map(authorize),
      authorize("OA-06 with any port on loopback"),
    ],
  },
  "OA-07": {
    shown: [
      registration("a bad redirect URI refuses the registration and is named (OA-07)"),
      described("a script as redirect URI"),
      refusal("OA-07: to %s is refused also where the address is registered already"),
    ],
  },
  "OA-08": { shown: [refusal("OA-08: is a 303, and the routes make none but by the function that says so")] },
  "OA-09": {
    shown: [
      authorize("what is wrong with the rest goes back to the client, with state and iss (OA-09)"),
      ...["OA-09: allow: a code, the state and iss go to the app", "OA-09: cancel: access_denied, the state and iss go to the app; nothing is granted"].map(
        consent,
      ),
    ],
  },
  "OA-10": {
    shown: [
      ...["OA-10 no resource", "OA-10 an empty resource", "OA-10 an unknown portal", "OA-10 another origin", "OA-10 a path that climbs"].map(authorize),
      token("OA-10 another resource"),
    ],
  },
  "OA-11": {
    shown: [
      portal("a token of another portal, or without this portal as its resource, is 401"),
      ...["OA-11: is 401 at another tenant's portal, and at its own after the address changed", "OA-11: is no session of the pages"].map(refusal),
    ],
  },
  "OA-12": {
    shown: [
      authorize("OA-12 an unknown scope"),
      token("OA-12 a wider scope"),
      metadata("agree with each other and with the challenge (OA-12: no offline_access there)"),
    ],
  },
  "OA-13": {
    notOffered: "access tokens are opaque",
    shown: ["OA-13: is never %s", "OA-13: is no other secret of the flow, and not what the table holds"].map(refusal),
  },
  "OA-14": {
    shown: [
      token("OA-14: rotates, and the old access token works on until it expires"),
      token("OA-14: unused for fourteen days it is worth nothing; a family ends after thirty days whatever happens"),
      refusal("OA-14: is bound to person, client, portal and scope by its grant, and is stored as a hash"),
    ],
  },
  "OA-15": {
    deviates: true,
    shown: [
      token("OA-15: of fifty at once each gets a working pair, and a replay afterwards ends the family"),
      token("OA-15: a retry whose answer was lost gets in within the grace time"),
    ],
  },
  "OA-16": {
    shown: [
      ...["OA-16 no client", "OA-16 an unknown client", "OA-16 a secret", "OA-16: another client cannot use it, nor spend it"].map(token),
      ...["OA-16: gets nothing with %s, and the code, token and grant stay good", "OA-16: another client's proven secret opens nothing of it"].map(secret),
    ],
  },
  "OA-17": {
    shown: [
      "revocation (OA-17)",
      "a refresh token ends the grant",
      "an access token ends alone",
      "another client's token stays, and the answer does not tell",
    ].map(token),
  },
  "OA-18": {
    shown: [
      refusal("OA-18: answer %s with 400, as JSON that nobody stores"),
      refusal("OA-18: read nothing from the address"),
      authorize("OA-18 `%s` twice"),
      ...["OA-18: with %s is 401, never a fault", "OA-18: and another way of authentication at once are refused"].map(secret),
      registration("what is not a registration is 4xx JSON, never a fault (OA-18, OA-19)"),
    ],
  },
  "OA-19": {
    shown: [
      ...["OA-19: the operator can switch it off", "OA-19: the twenty-first in an hour from one network waits"].map(registration),
      registration("OA-19: unused after a day: unknown, and removed"),
      refusal("OA-19: there is a limit to registrations from everywhere together, too"),
      metadata("leave out what the operator has switched off (OA-19)"),
      secret("OA-31: its secret is no way in without a person: no token by client credentials, and it is no bearer token"),
    ],
  },
  "OA-20": {
    shown: [
      "a document that is not right gets the same answer, whatever is wrong (OA-20, OA-21)",
      "an address that cannot be a document is never fetched (OA-20)",
    ].map(described),
  },
  "OA-21": {
    shown: [
      "OA-21: a network failure too, and it is not remembered",
      "OA-21: a failure takes as long as the slowest would",
      "documents are kept, as long as they say within five minutes and a day (OA-21)",
      "OA-21: requests at once share one fetch",
      "OA-21: one network cannot make us fetch without end, and its refusals are nobody else's",
    ].map(described),
  },
  "OA-22": {
    deviates: true,
    shown: [
      consent("OA-22: names who, which app, where to, which portal and which servers"),
      ...["OA-22: names person, app, where it returns to, portal, organization and servers, all as plain text"].map(page),
      page("OA-22: marks the app's name as unverified, with the host of its document where it has one"),
      page("OA-22: warns of an app that returns to the person's own computer, and of no other"),
    ],
  },
  "OA-23": { shown: [consent("OA-23: each time is asked anew, also for an app that was allowed before")] },
  "OA-24": {
    shown: [
      ...["OA-24 another browser", "OA-24 a browser without the cookie", "OA-24 ten minutes later", "OA-24: fifty clicks at once give one code"].map(consent),
      consent("OA-24: a token of another session, person or request is forged"),
      page("OA-24: is a `__Host-` one over https, and no other name is believed there"),
    ],
  },
  "OA-25": { shown: [consent("OA-25: an unconfirmed address comes first"), refusal("OA-25: is not made for a browser where nobody is signed in")] },
  "OA-26": {
    deviates: true,
    shown: [
      "OA-26: puts the focus on nothing, and cancel before allow",
      "OA-26: %s cannot be framed and tells no other site its address",
      "OA-26: nor can a page that refuses, which nobody stores",
    ].map(page),
  },
  "OA-27": {
    shown: [
      people("OA-27: a person sees and ends their own grants, nobody else's"),
      people("OA-27: an admin sees and ends the organization's grants, with an audit event, and no other's"),
    ],
  },
  "OA-28": { shown: ["OA-28: the documents", "do not believe the request's host", "%s is 404, as JSON"].map(metadata) },
  "OA-29": {
    shown: [
      ...["OA-29: is refused when %s, and works again when it does", "OA-29: ends with the portal"].map(token),
      ...["a block takes effect on the next request", "a person who is gone has no token"].map(portal),
      portal("leaving a group takes effect on the next request, and a portal that is off admits nobody"),
    ],
  },
  "OA-30": {
    notOffered: "sign-in through identity providers comes in a later phase",
    shown: [refusal("OA-30: no identity provider can sign anybody in, so none has to be believed")],
  },
  "OA-31": {
    shown: [
      ...[
        "OA-31: is stored as a hash, its access token too, and nothing on record holds either (CR-05)",
        "OA-31: oauth4webapi gets an access token with %s, and revokes it",
        "OA-31: expires, and no access token outlives it",
        "OA-31: is bound to its portals: another of the organization, and another organization's, are no target",
        "OA-31: revoked, its secrets and its access tokens end at once, on record",
        "OA-31: refuses a service token with %s",
        "OA-31: failed attempts are on record until there are too many from one network, which then has to wait; the right secret still works",
      ].map(machine),
      ...[
        "OA-31: nothing but its binding admits it: no policy has to, and another portal does not",
        "OA-31: a server with policies of its own is closed to it, also to one that says everyone, and the record says why",
        "OA-31: where each person uses an account of their own there is none for it: neither somebody's nor the shared one is looked up",
        "OA-31: revoked, the next request is 401 and its stream ends (%s)",
      ].map(called),
      secret("OA-31: its secret is no way in without a person: no token by client credentials, and it is no bearer token"),
    ],
  },
};

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

test("every rule from OA-01 to OA-31 has a line", () => {
  expect(Object.keys(rules)).toEqual(Array.from({ length: 31 }, (_, i) => `OA-${String(i + 1).padStart(2, "0")}`));
});

test.each(Object.entries(rules))("%s is shown by tests that exist, one of them by its number", (number, { shown }) => {
  expect(shown.some((pointer) => pointer.includes(number))).toBe(true);
  for (const pointer of shown) {
    const [file = "", name = ""] = pointer.split(" › ");
    expect(titlesOf(read(file)), file).toContain(name);
  }
});

test("a rule that is not met to the letter is written down, and no other", () => {
  const written = new Set(read("docs/decisions/sec-deviations.md").match(/OA-\d\d/g));
  const known = Object.entries(rules).flatMap(([number, { deviates }]) => (deviates ? [number] : []));
  expect([...written].sort()).toEqual(known);
});

/** The names of tests and groups, and the first cell of each row of a table. */
function titlesOf(source: string): string[] {
  const code = source.replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/(?:\b(?:test|describe)\(|[\]\w]\)\(|^\s*\[)\s*"((?:[^"\\]|\\.)*)"/gm)].map(([, title = ""]) => JSON.parse(`"${title}"`) as string);
}
