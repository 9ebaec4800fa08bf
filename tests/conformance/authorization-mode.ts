import { freePort } from "../e2e/support/processes";
import { judge } from "./judge";
import type { Section } from "./report";
import { allow, registerClient } from "./sign-in";
import type { Stage } from "./stage";
import { type Results, runSuite } from "./suite";

const scenarios = { required: ["authorization-server-metadata-endpoint", "authorization-code-grant"], unscored: [] };

/** The authorization server of the running product; the person in front of the browser is played as soon as the suite prints its URL. */
export async function authorizationSection(stage: Stage): Promise<Section> {
  const results = await stage.withProduct("fast lane", ({ url }) => run(stage, url));
  return { title: "Authorization server", columns: [{ name: "the running product", verdicts: judge(scenarios, results) }] };
}

async function run(stage: Stage, issuer: string): Promise<Results> {
  const port = await freePort();
  const clientId = await registerClient(issuer, `http://127.0.0.1:${port}/callback`);
  let browsing: Promise<unknown> | undefined;
  const heard = (output: string) => {
    const url = new RegExp(`${issuer}\\S*/authorize\\?\\S+`).exec(output)?.[0];
    // A refusal reaches the suite too: without a callback it would wait for five minutes.
    if (url)
      browsing ??= allow(issuer, stage.person, url).then(
        (callback) => fetch(callback),
        (error: Error) => fetch(`http://127.0.0.1:${port}/callback?error=${encodeURIComponent(error.message)}`),
      );
  };
  const results = await runSuite(
    ["authorization", "--url", issuer, "--client-id", clientId, "--resource", `${issuer}${stage.path}`, "--port", String(port)],
    heard,
  );
  await browsing;
  return results;
}
