import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startSmtp } from "@/tests/support/smtp";
import { sendMail } from "./send";

const settings = { MAIL_FROM: "Gatehouse <gate@acme.test>", DATA_DIR: mkdtempSync(join(tmpdir(), "gatehouse-mail-")) };
const mail = { to: "ana@acme.test", subject: "Confirm your address", text: "Open this link:\nhttps://gate.acme.test/verify/abc" };

const smtp = await startSmtp();
afterAll(() => smtp.stop());

describe("without SMTP_URL", () => {
  test("a mail becomes a file that only the owner can read", async () => {
    const { outboxFile = "" } = await sendMail(mail, settings);
    expect(outboxFile.startsWith(join(settings.DATA_DIR, "outbox"))).toBe(true);
    expect(readFileSync(outboxFile, "utf8")).toContain("To: ana@acme.test\nSubject: Confirm your address\n");
    expect(readFileSync(outboxFile, "utf8")).toContain(mail.text);
    expect(statSync(outboxFile).mode & 0o777).toBe(0o600);
  });

  test("line breaks cannot add a header", async () => {
    const { outboxFile = "" } = await sendMail({ ...mail, subject: "Hello\r\nBcc: eve@evil.test" }, settings);
    expect(readFileSync(outboxFile, "utf8")).not.toMatch(/^Bcc:/m);
  });
});

describe("with SMTP_URL", () => {
  test("a mail reaches the server, for one recipient, with its text", async () => {
    expect(await sendMail({ ...mail, id: "ntb_1.per_1" }, { ...settings, SMTP_URL: smtp.url })).toEqual({});
    const [received] = smtp.mails;
    expect(received?.to).toBe("ana@acme.test");
    expect(received?.text).toContain("Subject: Confirm your address");
    expect(received?.text).toContain("Message-ID: <ntb_1.per_1@acme.test>");
    expect(received?.text).toContain("https://gate.acme.test/verify/abc");
  });

  test("neither a line break nor a second address reaches another mailbox", async () => {
    await sendMail({ ...mail, subject: "Hello\r\nBcc: eve@evil.test" }, { ...settings, SMTP_URL: smtp.url });
    expect(smtp.mails.at(-1)?.text).not.toMatch(/^Bcc:/m);
    await sendMail({ ...mail, to: "ana@acme.test, eve@evil.test" }, { ...settings, SMTP_URL: smtp.url }).catch(() => {});
    expect(smtp.recipients).not.toContain("eve@evil.test");
  });

  test("a server that refuses is an error of the sender", async () => {
    smtp.refuses = { "ana@acme.test": "550 no such mailbox" };
    await expect(sendMail(mail, { ...settings, SMTP_URL: smtp.url })).rejects.toThrow(/550/);
  });
});
