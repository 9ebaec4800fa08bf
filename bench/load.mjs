import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

const tickMs = 10; // /proc counts in hundredths of a second on every common Linux.

/** `tools/call` of echo in a closed loop; every answer is compared with what was sent. CPU is of the process `pid` alone. */
export const measure = (options) => measureWith(callTool, options);

/** One request, over and over, by so many workers; `request` tells whether its answer was right. */
export async function measureWith(request, { url, token, pid = process.pid, workers = 16, seconds = 4, warmupSeconds = 1 }) {
  const agent = new Agent({ keepAlive: true, maxSockets: workers });
  const latencies = [];
  let [measuring, running, errors, next] = [false, true, 0, 0];
  const work = Array.from({ length: workers }, async () => {
    while (running) {
      const id = ++next;
      const began = performance.now();
      const isRight = await request(agent, url, token, id).catch(() => false);
      if (!measuring) continue;
      if (isRight) latencies.push(performance.now() - began);
      else errors++;
    }
  });
  await wait(warmupSeconds * 1000);
  const cpuBefore = cpuMs(pid);
  const began = performance.now();
  measuring = true;
  await wait(seconds * 1000);
  measuring = false;
  const elapsed = performance.now() - began;
  const cpu = cpuMs(pid) - cpuBefore;
  running = false;
  await Promise.all(work);
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return { callsPerSecond: (latencies.length * 1000) / elapsed, p50: at(0.5), p99: at(0.99), cpuMsPerCall: cpu / latencies.length, errors };
}

export const callTool = async (agent, url, token, id) =>
  (await ask(agent, url, token, id, "tools/call", { name: "echo", arguments: { message: `m-${id}` } }))?.content?.[0]?.text === `m-${id}`;

export const listTools = async (agent, url, token, id) =>
  (await ask(agent, url, token, id, "tools/list", {}))?.tools?.some(({ name }) => name === "echo") === true;

function ask(agent, url, token, id, method, params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2025-11-25",
    ...(token && { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve, reject) => {
    const req = request(url, { method: "POST", agent, headers, timeout: 30_000 }, (res) => {
      const chunks = [];
      res.on("data", (chunk) => chunks.push(chunk));
      res.on("end", () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks)).result ?? null);
        } catch (error) {
          reject(error);
        }
      });
    });
    req.on("error", reject);
    req.on("timeout", () => req.destroy(new Error("timeout")));
    req.end(body);
  });
}

function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
