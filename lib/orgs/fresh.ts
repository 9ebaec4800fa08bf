import "server-only";
import { revalidatePath } from "next/cache";
import type { FormState } from "@/lib/form";

/** What a form answers on the page it stands on; after a success the lists and names around it are rendered anew. */
export function fresh(state: FormState): FormState {
  if (state.status === "ok") revalidatePath("/admin/[org]", "layout");
  return state;
}
