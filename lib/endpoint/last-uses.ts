import { inArray } from "drizzle-orm";
import { grants } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { type Background, OncePerMinute } from "./background";

const gatherMs = 1_000;

/** When each grant was last used. Of thousands each is due once a minute, so they are gathered, and written together. */
export class LastUses {
  private readonly lately = new OncePerMinute();
  private due: string[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly db: Database,
    private readonly background: Background,
  ) {}

  note(grantId: string, now: Date): void {
    if (!this.lately.isDue(grantId, now)) return;
    this.due.push(grantId);
    this.timer ??= setTimeout(() => this.write(new Date()), gatherMs).unref();
  }

  write(at: Date): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const { due } = this;
    this.due = [];
    if (due.length === 0) return;
    this.background.run("when grants were last used could not be recorded", () =>
      this.db.update(grants).set({ lastUsedAt: at }).where(inArray(grants.id, due)),
    );
  }
}
