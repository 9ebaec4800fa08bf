/**
 * How much of the tools a client gets to see: all of it, names only, or nothing but the portal's own tools, with which it searches
 * and executes. It saves room in the model's context and is no rule of access: what may be called is the same in each.
 */
export const contextModes = ["full", "names", "search"] as const;
export type ContextMode = (typeof contextModes)[number];

/** The portal's mode, unless its client asks for another with `?context=` on the portal's URL. Without the portal's tools there is only one. */
export function contextModeOf(portal: { portalTools: boolean; contextMode: ContextMode }, asked?: string): ContextMode {
  if (!portal.portalTools) return "full";
  return contextModes.find((mode) => mode === asked) ?? portal.contextMode;
}
