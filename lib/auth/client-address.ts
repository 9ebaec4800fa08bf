import { randomBytes, timingSafeEqual } from "node:crypto";
import ipaddr from "ipaddr.js";
import { env } from "@/lib/env";
import { singleton } from "@/lib/singleton";

/**
 * Who is asking. `peer` is the address of the socket; pages do not see it, so the web server hands it to them with `peerHeader`.
 * `X-Forwarded-For` counts only as far as configured proxies wrote it: from the right, the first address that is not one of them.
 */
export function clientAddress(headers: Headers, peer: string | null | undefined = peerOf(headers), trusted: string[] = env().TRUSTED_PROXIES): string {
  const chain = (headers.get("x-forwarded-for") ?? "").split(",").map(normalized);
  // Without our own server in front, Next.js or the hosting platform appended the last entry.
  let address = normalized(peer ?? chain.pop() ?? "");
  while (isTrusted(address, trusted)) {
    const before = chain.pop();
    if (!before) break;
    address = before;
  }
  return address;
}

/** What counts as one caller in limits: an IPv4 address, or the /64 of an IPv6 address. */
export function addressPrefix(ip: string): string {
  const parsed = parse(ip);
  if (!parsed) return "unknown";
  if (parsed.kind() === "ipv4") return parsed.toString();
  const [network] = ipaddr.parseCIDR(`${parsed.toString()}/64`);
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${network.toString()}/64`).toString()}/64`;
}

/** For the web server: the header, which it sets on each request (replacing what came), so that pages know the socket's address. */
export function peerHeader(remoteAddress: string | undefined): { name: typeof name; value: string } {
  return { name, value: `${witness()} ${remoteAddress ?? ""}` };
}

const name = "x-gatehouse-peer";

// Only this process knows the witness, so a caller cannot write the header where our server is not in front.
const witness = () => singleton("peer-witness", () => randomBytes(18).toString("base64url"));

function peerOf(headers: Headers): string | null {
  const [said = "", address] = (headers.get(name) ?? "").split(" ");
  const expected = Buffer.from(witness());
  const given = Buffer.from(said);
  return address && given.length === expected.length && timingSafeEqual(given, expected) ? address : null;
}

function isTrusted(address: string, trusted: string[]): boolean {
  const parsed = parse(address);
  if (!parsed) return false;
  return trusted.some((entry) => {
    if (entry === "loopback") return parsed.range() === "loopback";
    if (!entry.includes("/")) return normalized(entry) === parsed.toString();
    const [network, bits] = ipaddr.parseCIDR(entry);
    return network.kind() === parsed.kind() && parsed.match([network, bits]);
  });
}

const normalized = (text: string): string => parse(text)?.toString() ?? "";

// `::ffff:10.0.0.1` is 10.0.0.1; proxies also write `1.2.3.4:5678` and `[2001:db8::1]:5678`.
function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = text
    .trim()
    .replace(/^\[([0-9a-f:.]+)\](:\d+)?$/i, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return ipaddr.isValid(bare) && !/^\d+$/.test(bare) ? ipaddr.process(bare) : null;
}
