import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { sendMail } from "./send";

const settings = { MAIL_FROM: "Gatehouse <gate@acme.test>", DATA_DIR: mkdtempSync(join(tmpdir(), "gatehouse-mail-")) };
const mail = { to: "ana@acme.test", subject: "Confirm your address", text: "Open this link:\nhttps://gate.acme.test/verify/abc" };

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
    const smtp = await smtpServer();
    expect(await sendMail(mail, { ...settings, SMTP_URL: smtp.url })).toEqual({});
    expect(smtp.commands).toContain("RCPT TO:<ana@acme.test>");
    expect(smtp.data()).toContain("Subject: Confirm your address");
    expect(smtp.data()).toContain("https://gate.acme.test/verify/abc");
  });

  test("neither a line break nor a second address reaches another mailbox", async () => {
    const smtp = await smtpServer();
    await sendMail({ ...mail, subject: "Hello\r\nBcc: eve@evil.test" }, { ...settings, SMTP_URL: smtp.url });
    expect(smtp.data()).not.toMatch(/^Bcc:/m);
    await sendMail({ ...mail, to: "ana@acme.test, eve@evil.test" }, { ...settings, SMTP_URL: smtp.url }).catch(() => {});
    expect(smtp.commands.filter((line) => line.includes("<eve@evil.test>"))).toEqual([]);
  });

  test("a server that refuses is an error of the sender", async () => {
    const smtp = await smtpServer({ refuse: true });
    await expect(sendMail(mail, { ...settings, SMTP_URL: smtp.url })).rejects.toThrow(/550/);
  });
});

/** The least of RFC 5321 that a mail client accepts. */
async function smtpServer({ refuse = false } = {}) {
  const commands: string[] = [];
  let received = "";
  const talk = (socket: Socket) => {
    let [buffer, inData] = ["", false];
    socket.on("error", () => {});
    socket.write("220 test\r\n");
    socket.on("data", (chunk) => {
      buffer += chunk;
      for (let end = buffer.indexOf("\r\n"); end >= 0; end = buffer.indexOf("\r\n")) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (inData) {
          if (line === ".") socket.write("250 queued\r\n");
          else received += `${line}\n`;
          inData = line !== ".";
          continue;
        }
        commands.push(line);
        inData = line === "DATA";
        if (inData) socket.write("354 go on\r\n");
        else if (line.startsWith("RCPT") && refuse) socket.write("550 no such mailbox\r\n");
        else socket.write(line === "QUIT" ? "221 bye\r\n" : "250 test\r\n");
      }
    });
  };
  const server = createServer(talk);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, commands, data: () => received };
}
