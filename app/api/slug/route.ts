import { currentPerson } from "@/lib/auth/request";
import { slugAvailability } from "@/lib/orgs/queries";
import { hit } from "@/lib/throttle/throttle";

const answer = (body: object, status = 200) => Response.json(body, { status, headers: { "Cache-Control": "no-store" } });

/** Whether a new organization may have this slug, asked while it is typed: `{available, reason?}`. Signed-in people only, at a typing pace. */
export async function GET(request: Request): Promise<Response> {
  const person = await currentPerson();
  if (!person) return answer({ available: false, reason: "sign in first" }, 401);
  const { allowed } = await hit(person.db, `slug:${person.person.id}`, { limit: 120, windowSeconds: 60 }, person.now);
  if (!allowed) return answer({ available: false, reason: "too many checks, wait a minute" }, 429);
  const slug = new URL(request.url).searchParams.get("slug") ?? "";
  return answer(await slugAvailability(person.db, slug.slice(0, 100)));
}
