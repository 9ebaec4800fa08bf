/** Where a mount writes a large answer to; `write` is false while the reader is behind. */
export type Pieces = readonly (string | Buffer)[];
export type PourSink = { write(pieces: Pieces): boolean; end(): void; destroy(): void };

/** A large answer on its way through: its pieces go out as they come in, and as fast as its reader takes them. */
export class Pour {
  private sink: PourSink | null = null;
  private early: Pieces = [];
  private waiting: { resolve(): void; reject(error: Error): void } | null = null;
  private state: "open" | "ended" | "cut" = "open";

  /** A promise when the reader has to catch up first; it rejects with `ReaderGone`. The next pieces come after it. */
  write(pieces: Pieces): void | Promise<void> {
    if (this.state === "cut") throw new ReaderGone();
    if (this.sink?.write(pieces)) return;
    if (!this.sink) this.early = pieces;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  end(): void {
    if (this.state !== "open") return;
    this.state = "ended";
    this.sink?.end();
  }

  /** The rest will not come; a reader must not take what it has for the whole. */
  cut(): void {
    if (this.state !== "open") return;
    this.state = "cut";
    this.sink?.destroy();
    this.waiting?.reject(new ReaderGone());
    this.waiting = null;
  }

  attach(sink: PourSink): void {
    this.sink = sink;
    if (this.state === "cut") {
      sink.destroy();
      return;
    }
    const isReady = sink.write(this.early);
    this.early = [];
    if (this.state === "ended") sink.end();
    else if (isReady) this.drained();
  }

  /** Called by the mount when the reader has caught up, and when it is gone. */
  drained(): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.resolve();
  }

  gone(): void {
    this.cut();
  }
}

export class ReaderGone extends Error {
  override name = "ReaderGone";
}
