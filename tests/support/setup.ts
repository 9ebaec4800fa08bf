import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Each test file has a data directory, a master key and a loopback public URL of its own.
process.env.DATA_DIR = mkdtempSync(join(tmpdir(), "gatehouse-test-"));
process.env.PUBLIC_URL ??= "http://localhost:3000";
delete process.env.DATABASE_URL;
