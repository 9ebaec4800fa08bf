"use client";

import { useEffect } from "react";

/**
 * Loads the page once more where it was reached without loading, as from the sign-in. The document then still has the policy of the page
 * before it, under which Chromium does not let the form's answer lead to the client.
 */
export function LoadForItself() {
  useEffect(() => {
    const [loaded] = performance.getEntriesByType("navigation");
    if (loaded && new URL(loaded.name).pathname !== window.location.pathname) window.location.reload();
  }, []);
  return null;
}
