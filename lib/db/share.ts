import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { PGlite } from "@electric-sql/pglite";

/** What PGlite gives to run messages one after the other, and to keep others out for a whole transaction. */
type Shared = Pick<PGlite, "_runExclusiveTransaction" | "runExclusive" | "execProtocolRaw" | "exec">;

/** A transaction whose next statement does not come holds up everybody else; PostgreSQL's `idle_in_transaction_session_timeout` is as long. */
const idleInTransactionMs = 15_000;

/**
 * Lets another process of ours into the embedded database, through a socket and in PostgreSQL's own protocol (version 3.0), so that `pg`
 * is all it needs. It is the same one session: a statement, or a transaction from its first to its last, runs alone, and those of this
 * process wait meanwhile. The directory of the socket must be ours alone; nobody is asked for a password.
 */
export async function shareEmbedded(client: Shared, path: string, idleMs = idleInTransactionMs): Promise<() => Promise<void>> {
  const open = new Map<Socket, Promise<void>>();
  const leave = async (socket: Socket) => {
    socket.destroy();
    open.delete(socket);
    // Statements that it named are the session's, so the next one would find its names taken.
    if (open.size === 0) await client.exec("deallocate all").catch(() => {});
  };
  const server = createServer((socket) => {
    // Its loss is the end of what can be read from it.
    socket.on("error", () => {});
    // A guest whom PGlite fails sees its connection break, and reports.
    const attended = attend(client, socket, idleMs).catch(() => {});
    open.set(
      socket,
      attended.then(() => leave(socket)),
    );
  });
  // One that was killed has left its socket.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    const leaving = [...open.values()];
    for (const socket of open.keys()) socket.destroy();
    await Promise.all([closed, ...leaving]);
  };
}

async function attend(client: Shared, socket: Socket, idleMs: number): Promise<void> {
  const batches = batchesOf(socket)[Symbol.asyncIterator]();
  // A connection that broke ends like one that was ended.
  const next = () =>
    batches.next().then(
      ({ value, done }) => (done ? null : value),
      () => null,
    );
  for (let batch = await next(); batch; batch = await next()) {
    let current: Buffer | null = batch;
    await client._runExclusiveTransaction(async () => {
      while (current && (await answer(client, socket, current)) !== idle) current = await within(idleMs, next());
      if (!current) await client.runExclusive(() => client.execProtocolRaw(rollback));
    });
    if (!current) return;
  }
}

/** Runs what ends with one Sync or Query; returns the state of the transaction that PostgreSQL says last, in ReadyForQuery. */
async function answer(client: Shared, socket: Socket, batch: Buffer): Promise<number> {
  const answered = await client.runExclusive(() => client.execProtocolRaw(batch));
  socket.write(answered);
  return answered.at(-1) ?? idle;
}

const within = <T>(ms: number, work: Promise<T>): Promise<T | null> => {
  let timer: NodeJS.Timeout;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

const idle = "I".charCodeAt(0);
const [query, sync, terminate] = [..."QSX"].map((letter) => letter.charCodeAt(0));
const rollback = Buffer.from("Q\0\0\0\x0drollback\0", "latin1");
const encryptionRequests = [80877103, 80877104];
const cancelRequest = 80877102;

/** AuthenticationOk, and ReadyForQuery outside a transaction. */
const welcome = Buffer.from([..."R"].map((letter) => letter.charCodeAt(0)).concat([0, 0, 0, 8, 0, 0, 0, 0], "Z".charCodeAt(0), [0, 0, 0, 5], idle));

/** The messages of a client that is let in, together up to each one that asks for an answer. */
async function* batchesOf(socket: Socket): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let isIn = false;
  let start = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      // The first messages have no letter before their length.
      const lengthAt = isIn ? start + 1 : 0;
      if (rest.length < lengthAt + 4) break;
      const end = lengthAt + rest.readUInt32BE(lengthAt);
      if (rest.length < end) break;
      if (!isIn) {
        const code = rest.readUInt32BE(4);
        if (code === cancelRequest) return;
        isIn = !encryptionRequests.includes(code);
        socket.write(isIn ? welcome : "N");
        rest = rest.subarray(end);
        continue;
      }
      const letter = rest[start];
      if (letter === terminate) return;
      start = end;
      if (letter !== query && letter !== sync) continue;
      yield rest.subarray(0, end);
      rest = rest.subarray(end);
      start = 0;
    }
  }
}
