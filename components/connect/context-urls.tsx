import { CopyField } from "@/components/shared/copy-field";
import type { ContextMode } from "@/lib/gateway/context-mode";

/** How a client asks for less of the tools, where a portal has tools of its own. */
export function ContextUrls({ url, mode }: { url: string; mode: ContextMode }) {
  return (
    <section aria-labelledby="context" className="flex flex-col gap-3">
      <h2 id="context" className="font-medium text-base">
        Many tools, little room
      </h2>
      <p className="text-muted-foreground">
        Every tool takes room in a model’s context. This portal can show its tools in three ways, and all of them lead to the same tools. As it stands, the URL
        shows {shown[mode]}; these show the others:
      </p>
      <dl className="flex flex-col gap-3">
        {(["full", "names", "search"] as const)
          .filter((other) => other !== mode)
          .map((other) => (
            <div key={other} className="flex flex-col gap-1.5">
              <dt className="text-table first-letter:uppercase">{shown[other]}</dt>
              <dd>
                <CopyField value={`${url}?context=${other}`} label={`URL for ${shown[other]}`} />
              </dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

const shown: Record<ContextMode, string> = {
  full: "everything about each tool",
  names: "names only, with a search",
  search: "nothing but a search, through which tools are called",
};
