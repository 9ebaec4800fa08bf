import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { eq, sql } from "drizzle-orm";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { migrate, rows } from "./migrate";
import { type OpenDatabase, openDatabase, openPglite } from "./open";
import { shareEmbedded } from "./share";

const directory = mkdtempSync(join(tmpdir(), "gatehouse-share-"));
const asGuest = () => openDatabase({ dataDir: "", share: { as: "guest", directory } });
let host: OpenDatabase;
let guest: OpenDatabase;
beforeAll(async () => {
  host = await openPglite(undefined, { shareIn: directory });
  await migrate(host.db);
  guest = await asGuest();
});
afterAll(async () => {
  await guest.close();
  await host.close();
  rmSync(directory, { recursive: true, force: true });
});

const aPerson = (email: string) => ({ id: newId("per"), email, name: email });
const emails = async (at: OpenDatabase) => (await at.db.select().from(people)).map(({ email }) => email).sort();

async function nameOf(at: OpenDatabase, email: string) {
  const [row] = await at.db.select({ name: people.name }).from(people).where(eq(people.email, email));
  return row?.name;
}

test("both see one database, dates and all, and neither is alone in it", async () => {
  await host.db.insert(people).values(aPerson("host@acme.test"));
  await guest.db.insert(people).values(aPerson("guest@acme.test"));
  expect(await emails(guest)).toEqual(["guest@acme.test", "host@acme.test"]);
  expect(await guest.db.select().from(people)).toEqual(await host.db.select().from(people));
  expect([host.isAlone, guest.isAlone, host.door, guest.door]).toEqual([false, false, "pglite", "pglite"]);
});

test("a transaction of one keeps the other out until it ends", async () => {
  const seen: string[] = [];
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const changing = guest.db.transaction(async (tx) => {
    await tx.insert(people).values(aPerson("half@acme.test"));
    begin();
    await tx.update(people).set({ name: "Whole" }).where(eq(people.email, "half@acme.test"));
    seen.push("guest");
  });
  await begun;
  const reading = nameOf(host, "half@acme.test").then((name) => seen.push(`host reads ${name}`));
  await Promise.all([changing, reading]);
  expect(seen).toEqual(["guest", "host reads Whole"]);
});

test("an error reaches the guest with its SQLSTATE, ends its transaction, and nothing else", async () => {
  const twice = [aPerson("twice@acme.test"), aPerson("twice@acme.test")];
  await expect(guest.db.insert(people).values(twice)).rejects.toMatchObject({ cause: { code: "23505" } });
  const failing = guest.db.transaction(async (tx) => {
    await tx.insert(people).values(aPerson("gone@acme.test"));
    await tx.execute(sql`select 1 / 0`);
  });
  await expect(failing).rejects.toMatchObject({ cause: { code: "22012" } });
  expect(await emails(guest)).not.toContain("gone@acme.test");
  expect(await emails(host)).not.toContain("gone@acme.test");
});

test("a guest that is gone in the middle of a transaction leaves nothing of it, and its names for statements are free again", async () => {
  const other = await asGuest();
  const named = (at: OpenDatabase) => at.db.select({ id: people.id }).from(people).limit(0).prepare("of_guests").execute();
  await named(other);
  const cut = other.db.transaction(async (tx) => {
    await tx.insert(people).values(aPerson("cut@acme.test"));
    // @ts-expect-error It is of the driver, below what a transaction shows.
    tx.session.client.connection.stream.destroy();
    await tx.execute(sql`select 1`);
  });
  await expect(cut).rejects.toThrow();
  expect(await emails(host)).not.toContain("cut@acme.test");
  await other.close();
  await guest.close();
  guest = await asGuest();
  expect(await named(guest)).toEqual([]);
});

test("a transaction whose next statement does not come is taken back, so that the host goes on", async () => {
  const client = await PGlite.create();
  const path = mkdtempSync(join(tmpdir(), "gatehouse-share-"));
  const unshare = await shareEmbedded(client, join(path, ".s.PGSQL.5432"), 50);
  const waiting = new Client({ host: path, port: 5432, user: "postgres", database: "postgres" });
  const lost = new Promise((resolve) => waiting.once("error", resolve));
  await waiting.connect();
  await waiting.query("begin");
  await waiting.query("create table half (id int)");
  const { rows: found } = await client.query("select 1 from pg_tables where tablename = 'half'");
  expect(found).toEqual([]);
  expect(await lost).toBeInstanceOf(Error);
  await unshare();
  await client.close();
  rmSync(path, { recursive: true });
});

test("a host that closes takes back what a guest is in the middle of, and ends in order", async () => {
  const path = mkdtempSync(join(tmpdir(), "gatehouse-share-"));
  const client = await PGlite.create();
  const unshare = await shareEmbedded(client, join(path, ".s.PGSQL.5432"));
  const cut = new Client({ host: path, port: 5432, user: "postgres", database: "postgres" });
  const lost = new Promise((resolve) => cut.once("error", resolve));
  await cut.connect();
  await cut.query("begin");
  await cut.query("create table half (id int)");
  await unshare();
  expect(await lost).toBeInstanceOf(Error);
  expect((await client.query("select 1 from pg_tables where tablename = 'half'")).rows).toEqual([]);
  await client.close();
  rmSync(path, { recursive: true });
});

test("hundreds of statements at once, small and large, are answered each with its own", async () => {
  const numbers = Array.from({ length: 300 }, (_, i) => i);
  const said = (at: OpenDatabase, i: number) => at.db.execute(sql`select ${`${i} ${"x".repeat((i % 10) * 10_000)}`}::text as said`);
  const answers = await Promise.all(numbers.map(async (i) => rows(await said(i % 2 ? guest : host, i))));
  expect(answers.map(([row]) => Number.parseInt(String(row?.said), 10))).toEqual(numbers);
});

test("the outer database inside a transaction throws at once, as in the host", async () => {
  const wrong = guest.db.transaction(async () => void (await guest.db.select().from(people)));
  await expect(wrong).rejects.toMatchObject({ cause: { message: expect.stringContaining("use `tx`") } });
});
