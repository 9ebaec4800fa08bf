import { expect, test } from "vitest";
import { listOutbox, readOutbox } from "./outbox";
import { sendMail } from "./send";

test("mails are listed newest first, and read by name", async () => {
  expect(await listOutbox()).toEqual([]);
  await sendMail({ to: "ana@acme.test", subject: "One", text: "first" });
  const [name = ""] = await listOutbox();
  expect(await readOutbox(name)).toContain("first");
});

test.each(["../secret", "..%2fsecret", "/etc/passwd", "x.txt", "", "2026-01-01T00-00-00-000Z-0123abcd.txt"])("%j is no mail", async (name) =>
  expect(await readOutbox(name)).toBeNull(),
);
