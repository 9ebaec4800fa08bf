import { notFound } from "next/navigation";
import { isAppError } from "@/lib/errors";

/** A query's "not found" becomes the page of that name; another organization's id ends there too. */
export async function orNotFound<T>(found: Promise<T>): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (isAppError(error) && error.code === "not_found") notFound();
    throw error;
  }
}
