import "server-only";
import type { OrgContext, PersonContext } from "./context";

// CONTRACT (to be implemented by the identity room):

/** The signed-in person of this request, or null. Cached for the request. */
export async function currentPerson(): Promise<PersonContext | null> {
  throw new Error("not yet");
}

/** The signed-in person; otherwise sends to `/sign-in?next=…`. */
export async function personContext(): Promise<PersonContext> {
  throw new Error("not yet");
}

/** The organization by slug for its signed-in member; `notFound()` for everybody else (TN-02). Every admin page and action starts here. */
export async function orgContext(slug: string): Promise<OrgContext> {
  throw new Error(`not yet: ${slug}`);
}
