import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { env } from "@/lib/env";

export type Mail = {
  to: string;
  subject: string;
  text: string;
  /** Names the message, the same in each attempt, so that mail programs show one that came twice once. */
  id?: string;
};
export type MailSettings = { SMTP_URL?: string; MAIL_FROM: string; DATA_DIR: string };

/** Sends by SMTP_URL; without one the mail becomes a file in `outbox/` of the data directory, whose path is returned. Never call it inside a transaction. */
export async function sendMail(mail: Mail, settings: MailSettings = env()): Promise<{ outboxFile?: string }> {
  const clean = { to: oneLine(mail.to), subject: oneLine(mail.subject), text: mail.text };
  if (!settings.SMTP_URL) return { outboxFile: await writeToOutbox(clean, settings) };
  const transport = createTransport({
    url: settings.SMTP_URL,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    // An address object: a list or a display name in `to` would reach more mailboxes than the one meant.
    const messageId = mail.id && `<${mail.id}@${/@([a-z0-9.-]+)/i.exec(settings.MAIL_FROM)?.[1] ?? "localhost"}>`;
    await transport.sendMail({ from: settings.MAIL_FROM, to: { name: "", address: clean.to }, subject: clean.subject, text: clean.text, messageId });
  } finally {
    transport.close();
  }
  return {};
}

async function writeToOutbox(mail: Mail, settings: MailSettings): Promise<string> {
  const folder = join(settings.DATA_DIR, "outbox");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const now = new Date().toISOString();
  // Names sort by time; they are ours, nothing of the mail is in them.
  const path = join(folder, `${now.replace(/[:.]/g, "-")}-${randomBytes(4).toString("hex")}.txt`);
  const lines = [`From: ${settings.MAIL_FROM}`, `To: ${mail.to}`, `Subject: ${mail.subject}`, `Date: ${now}`, "", mail.text, ""];
  await writeFile(path, lines.join("\n"), { mode: 0o600, flag: "wx" });
  return path;
}

const oneLine = (text: string) => text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
