import { expect, test } from "vitest";
import { browserWords } from "./browser-words";

test("names the browser and the system that a session came from", () => {
  const chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
  expect(browserWords(`Mozilla/5.0 (X11; Linux x86_64) ${chrome}`)).toBe("Chrome on Linux");
  expect(browserWords(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Edg/141.0.0.0`)).toBe("Edge on Windows");
  expect(browserWords(`Mozilla/5.0 (Linux; Android 15; Pixel 9) ${chrome}`)).toBe("Chrome on Android");
  expect(browserWords("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15")).toBe("Safari on macOS");
  expect(browserWords("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 FxiOS/140.0 Safari/605.1.15")).toBe("Firefox on iOS");
});

test("leaves what it does not know as it came", () => {
  expect(browserWords("curl/8.14.1")).toBe("curl/8.14.1");
  expect(browserWords("")).toBe("unknown browser");
});
