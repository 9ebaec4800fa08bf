import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export type ReceivedMail = { to: string; text: string };

/** A mail server on loopback that can go away and come back at the same address: the least of RFC 5321 that a mail client accepts. */
export async function startSmtp() {
  const mails: ReceivedMail[] = [];
  const recipients: string[] = [];
  const sockets = new Set<Socket>();
  const smtp = {
    mails,
    /** Everybody it was asked to take mail for, taken or not. */
    recipients,
    url: "",
    /** What it says to a recipient instead of yes. */
    refuses: {} as Record<string, string>,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
    async start() {
      server = createServer((socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        talk(socket, smtp);
      });
      await new Promise<void>((resolve) => server.listen(Number(new URL(smtp.url || "smtp://127.0.0.1:0").port), "127.0.0.1", resolve));
      smtp.url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
  };
  let server: Server;
  await smtp.start();
  return smtp;
}

type Smtp = { mails: ReceivedMail[]; recipients: string[]; refuses: Record<string, string> };

function talk(socket: Socket, { mails, recipients, refuses }: Smtp): void {
  let [buffer, inData, to, text] = ["", false, "", ""];
  socket.on("error", () => {});
  socket.write("220 test\r\n");
  socket.on("data", (chunk) => {
    buffer += chunk;
    for (let end = buffer.indexOf("\r\n"); end >= 0; end = buffer.indexOf("\r\n")) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      if (inData) {
        inData = line !== ".";
        if (inData) text += `${line}\n`;
        else {
          mails.push({ to, text });
          socket.write("250 queued\r\n");
        }
        continue;
      }
      if (line.startsWith("RCPT")) {
        to = /<([^>]*)>/.exec(line)?.[1] ?? "";
        recipients.push(to);
      }
      inData = line === "DATA";
      if (inData) text = "";
      socket.write(inData ? "354 go on\r\n" : line === "QUIT" ? "221 bye\r\n" : `${(line.startsWith("RCPT") && refuses[to]) || "250 test"}\r\n`);
    }
  });
}
