import { join } from "node:path";
import { percentile, wait } from "../lib/numbers.mjs";
import { rowsOf } from "../lib/rounds.mjs";
import { usages } from "../lib/usage.mjs";

const cycles = 20;
/** How long another instance may take to hear of a change, and more. */
const heardMs = 350;
/** What an answer leaves to do behind it, collecting garbage above all. */
const settledMs = 20;

export const listchange = {
  name: "listchange",
  about: "the first tools/list of 1,000 tools after one of them was switched by another process; CPU-ms for each",
  onPostgres: true,
  targets: ["pg-commit", "lane-pg"],
  rounds: 2,
  seconds: 1,
  async run(rig, { targets, rounds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target);
      const runs = [];
      for (let round = 0; round < rounds; round++) runs.push(await firstLists(rig, gateway));
      rows.push(...rowsOf({ scenario: "listchange", target }, runs, null, ["serverCpuMs", "postgresCpuMs", "stale"]));
    }
    return rows;
  },
};

async function firstLists(rig, gateway) {
  const { orgId, portalId, listed } = gateway.content.list1000;
  const [[endpoint]] = gateway.callers("list1000", 1, { sessions: false });
  const total = { wrong: 0, stale: 0, errors: {} };
  const cpuMs = { server: 0, postgres: 0 };
  for (let i = 0; i < cycles; i++) {
    const enabled = i % 2 === 1;
    await rig.change(gateway, { change: "toggle", orgId, portalId, tool: "s1_tool_0005", enabled });
    await wait(heardMs);
    const expected = enabled ? listed : listed - 1;
    const before = usages(gateway.pids);
    for (let tries = 0; ; tries++) {
      const { verdict } = await rig.load(gateway, { kind: "listOnce", endpoint, expected });
      if (verdict === "ok") break;
      if (verdict === "wrong" && tries < 20) total.stale++;
      else if (verdict === "wrong") total.wrong++;
      else total.errors[verdict] = (total.errors[verdict] ?? 0) + 1;
      if (tries >= 20) break;
      await wait(50);
    }
    await wait(settledMs);
    const after = usages(gateway.pids);
    for (const name of Object.keys(cpuMs)) cpuMs[name] += after[name].cpuMs - before[name].cpuMs;
  }
  return { ...total, serverCpuMs: cpuMs.server / cycles, postgresCpuMs: cpuMs.postgres / cycles };
}

export const twoinstances = {
  name: "twoinstances",
  about: "two instances on one PostgreSQL: ms from a change's commit elsewhere until the slower of them acts on it, 200 changes",
  onPostgres: true,
  targets: ["lane-pg"],
  rounds: 40,
  seconds: 1,
  async run(rig, { targets, rounds }) {
    const rows = [];
    for (const target of targets) {
      const first = await rig.ownGateway(target);
      const second = await rig.ownGateway(target, "standard", { database: { ...first.database, dataDir: join(first.database.dataDir, "second") } });
      const lags = await lagsOf(rig, [first, second], Math.min(rounds, 100));
      for (const [kind, values] of Object.entries(lags)) {
        values.sort((a, b) => a - b);
        const run = { count: values.length, p50: percentile(values, 0.5), p99: percentile(values, 0.99), max: values.at(-1) };
        rows.push(...rowsOf({ scenario: "twoinstances", target: `${target} ${kind}` }, [run], null, ["count", "p50", "p99", "max"]));
      }
      await Promise.all([first.stop(), second.stop()]);
    }
    return rows;
  },
};

async function lagsOf(rig, gateways, rounds) {
  const lags = { toggle: [], policy: [], revoke: [], all: [] };
  const { orgId, portalId, policyId, grants, tokens } = gateways[0].content.crowd;
  const tool = "s1_echo";
  for (let round = 0; round < rounds; round++) {
    const changes = [
      [{ change: "toggle", tool, enabled: false }, false],
      [{ change: "toggle", tool, enabled: true }, true],
      [{ change: "policy", policyId, domain: "nobody.test" }, false],
      [{ change: "policy", policyId, domain: "acme.test" }, true],
      [{ change: "revoke", grantId: grants[round] }, false],
    ];
    for (const [change, isAllowed] of changes) {
      const seen = gateways.map(async (gateway) => {
        const [[endpoint]] = gateway.callers("crowd", 1, { token: tokens[round] });
        const { at } = await rig.load(gateway, { kind: "until", endpoint, tool, isAllowed, everyMs: 2, secondsMax: 10 });
        return BigInt(at);
      });
      const { at } = await rig.change(gateways[0], { ...change, orgId, portalId });
      const times = await Promise.all(seen);
      const ms = Math.max(0, ...times.map((time) => Number(time - BigInt(at)) / 1e6));
      lags[change.change].push(ms);
      lags.all.push(ms);
    }
  }
  return lags;
}
