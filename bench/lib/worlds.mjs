import { cpSync } from "node:fs";
import { join } from "node:path";

/**
 * Databases with a world of content, each for one user alone. A world is made once for each kind of database and copied, so that
 * everything that is compared has the same.
 */
export function worldsIn(folder, { seed, place, databases }) {
  const originals = new Map();
  let made = 0;
  let last = Promise.resolve();

  function original(door, world) {
    const key = `${world}-${door}`;
    if (!originals.has(key)) originals.set(key, fill(door, world, join(folder, key)));
    return originals.get(key);
  }

  // One at a time: the embedded database holds its whole process up, and PostgreSQL gives up on a transaction that nobody goes on with.
  function fill(door, world, dataDir) {
    const filled = last.then(async () => {
      const databaseUrl = door === "pg" ? await (await databases()).create(world) : undefined;
      return { content: await seed.ask({ ...place, world, dataDir, databaseUrl }), dataDir };
    });
    last = filled.catch(() => {});
    return filled;
  }

  return async function databaseOf(door, world) {
    const { content, dataDir: from } = await original(door, world);
    const name = `bench_${++made}`;
    const dataDir = join(folder, name);
    if (door === "pg") return { content, dataDir, name, databaseUrl: await (await databases()).create(name, world) };
    cpSync(from, dataDir, { recursive: true });
    return { content, dataDir, name };
  };
}
