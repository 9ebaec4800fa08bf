import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { masterKeys } from "@/lib/crypto/keys";
import { drainMs } from "@/lib/endpoint/drain";
import type { Env } from "@/lib/env";
import { log } from "@/lib/report";
import { type Child, startInstance, startPagesProcess } from "./child";
import type { Form } from "./form";
import { Pauses } from "./pauses";

type Plan = Extract<Form, { kind: "supervisor" }>;
/** A place in the row of processes: who holds it, and who held it before and still finishes. */
type Post = { name: string; start(isFirst: boolean): Child; now: Child | null; next: Child | null; leaving: Child | null; pauses: Pauses };

/** Beyond what a process gives itself to end in order. */
const patienceMs = drainMs + 15_000;

/**
 * Starts the processes of an installation on this machine and keeps them running. It serves nothing and opens no database: the
 * shared port's connections are handed to the instances in turn, and one that leaves gets none any more.
 */
export class Supervisor {
  private readonly directory = mkdtempSync(join(tmpdir(), "gatehouse-"));
  private readonly posts: Post[];
  private readonly all = new Set<Child>();
  private isStarted = false;
  private isEnding = false;
  private restarting: Promise<void> | null = null;
  private restartAgain = false;
  private sockets = 0;

  constructor(
    private readonly plan: Plan,
    private readonly settings: Env,
    private readonly exit: (code: number) => void,
  ) {
    const { instances, pages, isEmbedded } = plan;
    const share = isEmbedded ? [`--share=${this.directory}`] : [];
    const where = pages === "elsewhere" ? ["--lane"] : pages === "none" ? ["--no-pages"] : [];
    const instance = (place: number): Post =>
      this.post(`instance ${place + 1}`, (isFirst) => {
        const args = [`--place=${place}`, `--places=${instances}`, ...where, ...share, ...(isFirst ? ["--first"] : [])];
        return startInstance(this.socket(), { isAlone: instances === 1, args }, this.onTold);
      });
    this.posts = [
      ...Array.from({ length: instances }, (_, place) => instance(place)),
      ...(pages === "elsewhere" ? [this.post("pages", () => startPagesProcess(this.socket(), share, this.onTold))] : []),
    ];
  }

  /** The first alone, since it brings the database up to date and may have something to say about the settings; then the others. */
  async start(): Promise<string[]> {
    // All processes need the same one, so it is there before any of them looks.
    masterKeys();
    const [first, ...others] = this.posts;
    if (!first) return [];
    const report = await this.fill(first, true).ready;
    await Promise.all(others.map((post) => this.fill(post).ready));
    if (this.posts.some(({ now }) => now === null)) throw new Error("a process ended at the start");
    this.isStarted = true;
    this.introduce();
    return [...report.slice(0, -1), `  Processes  ${this.posts.map(({ name }) => name).join(", ")}`, ...report.slice(-1)];
  }

  /** One after the other: the next begins to serve before the one that it follows leaves, so the port is never without; but for the embedded database's host. */
  restart(): void {
    this.restartAgain = true;
    this.restarting ??= this.restartAll().finally(() => {
      this.restarting = null;
    });
  }

  async end(code: number): Promise<void> {
    if (this.isEnding) return;
    this.isEnding = true;
    const codes = await Promise.all([...this.all].map((child) => this.endOf(child, this.settings.shutdownDelayMs)));
    rmSync(this.directory, { recursive: true, force: true });
    this.exit(codes.every((ended) => ended === 0) ? code : 1);
  }

  private async restartAll(): Promise<void> {
    while (this.restartAgain && !this.isEnding) {
      this.restartAgain = false;
      for (const post of this.posts) {
        if (this.isEnding) return;
        const old = post.now;
        if (old && this.isHost(post)) {
          post.now = null;
          this.introduce();
          await this.endOf(old, 0);
          if (this.isEnding) return;
        }
        const next = this.begin(post, false);
        post.next = next;
        try {
          await next.ready;
        } catch (error) {
          log("error", "restart", { process: post.name, error: String(error), what: "the old one goes on" });
          post.next = null;
          if (!post.now) this.fill(post);
          return;
        }
        const leaving = this.isHost(post) ? null : old;
        Object.assign(post, { now: next, next: null, leaving });
        this.introduce();
        if (leaving) await this.endOf(leaving, 0);
        post.leaving = null;
        this.introduce();
      }
      log("info", "restarted", { processes: this.posts.length });
    }
  }

  /** The embedded database is one process's at a time, so the next one cannot begin before the last has ended. */
  private isHost(post: Post): boolean {
    return this.plan.isEmbedded && post === this.posts[0];
  }

  private post(name: string, start: (isFirst: boolean) => Child): Post {
    return { name, start, now: null, next: null, leaving: null, pauses: new Pauses() };
  }

  private fill(post: Post, isFirst = false): Child {
    const child = this.begin(post, isFirst);
    post.now = child;
    return child;
  }

  private begin(post: Post, isFirst: boolean): Child {
    const child = post.start(isFirst);
    this.all.add(child);
    void child.ended.then((code) => this.onEnded(post, child, code));
    return child;
  }

  /** Whoever holds a post and ends, without being asked to, is followed by another after a while. */
  private async onEnded(post: Post, child: Child, code: number): Promise<void> {
    this.all.delete(child);
    rmSync(child.socket, { force: true });
    if (post.now !== child || this.isEnding) return;
    post.now = null;
    if (!this.isStarted) return;
    this.introduce();
    const ms = post.pauses.next(Date.now() - child.startedAt);
    log("error", "process_ended", { process: post.name, code, again: ms === null ? "no" : `in ${ms} ms` });
    if (ms === null) return this.end(1);
    await pause(ms);
    if (this.isEnding || post.now || post.next) return;
    const next = this.fill(post);
    await next.ready.then(
      () => this.introduce(),
      () => {},
    );
  }

  private async endOf(child: Child, acceptMs: number): Promise<number> {
    const timer = setTimeout(() => child.kill(), acceptMs + patienceMs);
    // One that is still starting does not listen yet.
    await Promise.race([child.ready.catch(() => {}), child.ended]);
    child.say({ kind: "stop", acceptMs });
    return child.ended.finally(() => clearTimeout(timer));
  }

  /** Tells everybody who is where. */
  private introduce(): void {
    const pages = this.posts[this.plan.instances]?.now?.socket ?? null;
    const instances = this.posts.slice(0, this.plan.instances);
    const sockets = instances.map(({ now }) => now?.socket ?? null);
    const living = instances.flatMap(({ now, leaving }) => [now, leaving]).flatMap((child) => child?.socket ?? []);
    for (const child of this.all) child.say({ kind: "peers", sockets, living, pages });
  }

  private readonly onTold: Parameters<typeof startPagesProcess>[2] = (from, told) => {
    for (const child of this.all) if (child !== from) child.say({ kind: "told", told });
  };

  private socket(): string {
    return join(this.directory, `${++this.sockets}.sock`);
  }
}
