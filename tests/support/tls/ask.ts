// Run by tests/egress-tls.test.ts in a process of its own, since which certificates Node trusts is settled when it starts.
import { makeEgress } from "@/lib/egress/request";

const [port = ""] = process.argv.slice(2);
const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
const egress = makeEgress({ allow: [`mcp.test:${port}`, `other.test:${port}`], resolve });
const ask = (host: string) =>
  egress(`https://${host}:${port}/`, { method: "POST", headers: { "x-name": "Zo\u00eb" }, body: "\u00e4".repeat(200_000), maxBytes: 1_000_000 }).then(
    async (response) => {
      const text = await response.text();
      return `${text.replace(/x+$/, "")}and ${text.length} characters`;
    },
    (error) => `${error.cause_} ${error.delivered ? "delivered" : "kept"}`,
  );
console.log(JSON.stringify([await ask("mcp.test"), await ask("mcp.test"), await ask("other.test")]));
