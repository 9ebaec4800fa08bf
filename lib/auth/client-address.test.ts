import { expect, test } from "vitest";
import { addressPrefix, clientAddress, peerHeader } from "./client-address";

const from = (forwarded: string | null, more: Record<string, string> = {}) => new Headers({ ...(forwarded ? { "x-forwarded-for": forwarded } : {}), ...more });

test.each([
  ["a forged header is ignored without proxies", "6.6.6.6", "203.0.113.9", [], "203.0.113.9"],
  ["a stranger's header is ignored beside proxies", "6.6.6.6", "203.0.113.9", ["10.0.0.1"], "203.0.113.9"],
  ["a proxy's last entry counts", "198.51.100.7", "10.0.0.1", ["10.0.0.1"], "198.51.100.7"],
  ["what stands left of it may be forged", "6.6.6.6, 198.51.100.7", "10.0.0.1", ["10.0.0.1"], "198.51.100.7"],
  ["a chain of proxies is walked", "6.6.6.6, 198.51.100.7, 10.0.0.2", "10.0.0.1", ["10.0.0.0/8"], "198.51.100.7"],
  ["a chain of proxies only ends at the first of them", "10.0.0.3", "10.0.0.1", ["10.0.0.0/8"], "10.0.0.3"],
  ["a proxy without the header is itself the client", null, "10.0.0.1", ["10.0.0.1"], "10.0.0.1"],
  ["mapped addresses are the IPv4 they mean", "198.51.100.7", "::ffff:10.0.0.1", ["10.0.0.1"], "198.51.100.7"],
  ["loopback is a word", "198.51.100.7", "::1", ["loopback"], "198.51.100.7"],
  ["ports are dropped", "198.51.100.7:4711", "10.0.0.1", ["10.0.0.1"], "198.51.100.7"],
  ["bracketed IPv6 is read", "[2001:db8::1]:4711", "10.0.0.1", ["10.0.0.1"], "2001:db8::1"],
  ["rubbish from a proxy stops at the proxy", "<script>", "10.0.0.1", ["10.0.0.1"], "10.0.0.1"],
])("%s", (_promise, forwarded, peer, trusted, expected) => expect(clientAddress(from(forwarded), peer, trusted)).toBe(expected));

test("pages learn the peer from our own server", () => {
  const peer = peerHeader("203.0.113.9");
  expect(clientAddress(from("6.6.6.6", { [peer.name]: peer.value }), undefined, [])).toBe("203.0.113.9");
});

test("a peer header that somebody else wrote is ignored", () => {
  expect(clientAddress(from("203.0.113.9", { "x-gatehouse-peer": "guess 6.6.6.6" }), undefined, [])).toBe("203.0.113.9");
});

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["", "unknown"],
  ["nonsense", "unknown"],
])("the prefix of %j is %j", (ip, prefix) => expect(addressPrefix(ip)).toBe(prefix));
