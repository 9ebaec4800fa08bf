const browsers: [string, RegExp][] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Headless)?Chrome\/|\bCriOS\//],
  ["Safari", /\bSafari\//],
];
const systems: [string, RegExp][] = [
  ["Windows", /\bWindows\b/],
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(?:iPhone|iPad)\b/],
  ["macOS", /\bMac OS X\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];

/** A browser's `User-Agent` as a person would say it: "Chrome on Linux". What it does not know stays as it came. */
export function browserWords(userAgent: string): string {
  if (!userAgent) return "unknown browser";
  const [browser, system] = [browsers, systems].map((known) => known.find(([, pattern]) => pattern.test(userAgent))?.[0]);
  return browser && system ? `${browser} on ${system}` : userAgent;
}
