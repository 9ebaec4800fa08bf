import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Whether an address is an ordinary host on the public internet. Everything IANA reserves for a special purpose is not,
 * nor are the metadata services of cloud providers, nor any IPv6 form that carries an IPv4 address (UP-03).
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  if (parsed.kind() === "ipv4") return !within(parsed, special4);
  return within(parsed, global6) && !within(parsed, special6);
}

export function isLoopbackAddress(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.parse(address).range() === "loopback";
}

/** Never a target, not even of a name on the operator's list: metadata services live here, and nothing else answers. */
export function isNeverAllowed(address: string): boolean {
  if (isIP(address) === 0) return true;
  const parsed = ipaddr.process(address);
  return ["linkLocal", "multicast", "broadcast", "unspecified"].includes(parsed.range()) || within(parsed, metadata);
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];
const ranges = (...texts: string[]): Range[] => texts.map((text) => ipaddr.parseCIDR(text));
const within = (address: ipaddr.IPv4 | ipaddr.IPv6, list: Range[]) =>
  list.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));

// Beside what ipaddr.js names, which is checked first.
const special4 = ranges(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
);
const global6 = ranges("2000::/3");
const special6 = ranges("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20");
const metadata = ranges("168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128");
