import { describe, expect, test } from "vitest";
import { buildCatalogue, type Catalogue } from "@/lib/gateway/catalogue";
import { routeCall } from "@/lib/gateway/route";
import { aView } from "@/tests/support/view";
import { Narrowings } from "./narrowings";

const whole = () => buildCatalogue(aView(), { email: "a@acme.test", groups: [] });
const toolsOf = (catalogue: Catalogue) => [...catalogue.served.tool.keys()];

describe("a catalogue without the servers that a grant has switched off", () => {
  test("lists nothing of them, and a call knows why", () => {
    const catalogue = new Narrowings().of(whole(), ["srv_jira"]);
    expect(toolsOf(catalogue)).toEqual(["send"]);
    expect(catalogue.servers.map(({ server, off }) => [server.slug, off])).toEqual([
      ["jira", true],
      ["slack", false],
    ]);
    expect(routeCall(catalogue, "tools/call", { name: "get_issue" })).toMatchObject({ kind: "forbidden", entry: { access: { allowed: false, by: "grant" } } });
  });

  test("is the same object for the same choice, in any order, and the whole one for none", () => {
    const [catalogue, narrowings] = [whole(), new Narrowings()];
    expect(narrowings.of(catalogue, ["srv_jira", "srv_slack"])).toBe(narrowings.of(catalogue, ["srv_slack", "srv_jira", "srv_gone"]));
    expect(narrowings.of(catalogue, ["srv_gone"])).toBe(catalogue);
  });

  test("leaves the whole one as it was", () => {
    const catalogue = whole();
    new Narrowings().of(catalogue, ["srv_jira", "srv_slack"]);
    expect(toolsOf(catalogue)).toEqual(["get_issue", "create_issue", "send"]);
  });
});
