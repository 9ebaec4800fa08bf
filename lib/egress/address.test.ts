import { expect, test } from "vitest";
import { isNeverAllowed, isPublicAddress } from "./address";

test.each(["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"])("%s is public", (address) =>
  expect(isPublicAddress(address)).toBe(true),
);

// biome-ignore format: a table reads best as a table
test.each([
  "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9", "168.63.129.16", "169.254.169.254", "172.16.0.1",
  "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1", "198.19.255.255",
  "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
  "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1",
  "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "2620:4f:8000::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
  "", "nonsense", "1.2.3", "1.2.3.4.5",
])("%s is not public", (address) => expect(isPublicAddress(address)).toBe(false));

test.each(["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "224.0.0.1", "0.0.0.0", "nonsense"])(
  "%s is out of reach even for a name on the operator's list",
  (address) => expect(isNeverAllowed(address)).toBe(true),
);

test.each(["10.0.0.1", "127.0.0.1", "fd12::1", "8.8.8.8"])("%s may be reached under a listed name", (address) => expect(isNeverAllowed(address)).toBe(false));
