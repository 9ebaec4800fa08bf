import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import type { Refusal } from "@/lib/connections/refusals";

/** Who tried to connect an account lately and could not, and why. */
export function RefusedSignIns({ refusals }: { refusals: Refusal[] }) {
  if (refusals.length === 0) return null;
  return (
    <section aria-labelledby="refused-sign-ins" className="flex flex-col gap-3">
      <h2 id="refused-sign-ins" className="font-semibold">
        Sign-ins that came to nothing this week
      </h2>
      <ul className="divide-y rounded-lg border bg-card text-table">
        {refusals.map(({ id, at, email, isShared, words, detail }) => (
          <li key={id} className="px-4 py-3">
            <p className="first-letter:uppercase">{words}.</p>
            {detail && <UntrustedText text={detail} max={300} className="block text-muted-foreground" />}
            <p className="text-muted-foreground">
              <span className="wrap-anywhere">{email}</span>
              {isShared && ", for the shared account"} · <Time value={at} />
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
