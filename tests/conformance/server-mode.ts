import type { Mount } from "../e2e/support/processes";
import { startBearerProxy } from "./bearer-proxy";
import { startConformanceFixture } from "./fixture/start";
import { judge } from "./judge";
import type { Column, Section } from "./report";
import { accessToken } from "./sign-in";
import type { Stage } from "./stage";
import { timed } from "./timed";
import { type Results, type Revision, revisions, runSuite, scenariosOf } from "./suite";

/** The fixture with nothing in front of it: what a portal could pass at best. */
export async function directSections(): Promise<Section[]> {
  const fixture = await startConformanceFixture();
  try {
    return sectionsOf(await columnsAt(fixture.url, "fixture alone"));
  } finally {
    await fixture.close();
  }
}

/** Both revisions through the portal, on each mount, beside the fixture alone. */
export async function serverSections(stage: Stage, mounts: readonly Mount[]): Promise<Section[]> {
  const alone = await columnsAt(stage.fixtureUrl, "fixture alone");
  const columns = [...alone];
  for (const mount of mounts) columns.push(...(await stage.withProduct(mount, (gatehouse) => throughPortal(stage, gatehouse.url, mount))));
  return sectionsOf(columns);
}

type Found = { name: string; revision: Revision; results: Results };

async function throughPortal(stage: Stage, issuer: string, name: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const revision of revisions) {
    // What only an old server does, such as closing a stream to be polled again, needs one behind the portal.
    const path = revision === "2025-11-25" ? stage.sessionPath : stage.path;
    const token = await timed("signing in", () => accessToken(issuer, stage.person, `${issuer}${path}`));
    const proxy = await startBearerProxy(issuer, token);
    try {
      found.push(await columnAt(`${proxy.origin}${path}`, name, revision));
    } finally {
      await proxy.close();
    }
  }
  return found;
}

async function columnsAt(url: string, name: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const revision of revisions) found.push(await columnAt(url, name, revision));
  return found;
}

async function columnAt(url: string, name: string, revision: Revision): Promise<Found> {
  return { name, revision, results: await timed(`${name}, ${revision}`, () => runSuite(["server", "--url", url, "--requirements", revision])) };
}

function sectionsOf(found: readonly Found[]): Section[] {
  return revisions.map((revision) => {
    const [alone, ...others] = found.filter((column) => column.revision === revision);
    const column = ({ name, results }: Found): Column => ({ name, verdicts: judge(scenariosOf(revision, "server"), results, alone?.results) });
    return { title: `Server, ${revision}`, columns: alone ? [alone, ...others].map(column) : [] };
  });
}
