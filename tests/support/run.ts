import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Around a whole run: a place for what its test files share. */
export default function run(): () => void {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-run-"));
  process.env.TEST_EMBEDDED_DUMP = join(directory, "embedded.tar");
  return () => rmSync(directory, { recursive: true, force: true });
}
