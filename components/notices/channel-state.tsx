import { Time } from "@/components/shared/time";
import { Alert } from "@/components/ui/alert";
import type { ChannelState as State } from "@/lib/notices/queries";

/** Whether notices arrive this way: the last that did, the last problem, how many wait. */
export function ChannelState({ state }: { state: State }) {
  const { enabled, lastSuccessAt, problem, problemAt, nextAt, attempts, waiting } = state;
  const isTrying = attempts > 0 && waiting > 0 && nextAt !== null;
  return (
    <div className="flex flex-col gap-2">
      {problem && (
        <Alert variant="warn">
          <span className="inline-block first-letter:uppercase">{problem}.</span> That was <Time value={problemAt} />
          {isTrying ? (
            <>
              , at attempt {attempts}; the next is <Time value={nextAt} />.
            </>
          ) : (
            "."
          )}
        </Alert>
      )}
      <p className="text-muted-foreground text-table">
        {lastSuccessAt ? (
          <>
            Last arrived <Time value={lastSuccessAt} />.
          </>
        ) : (
          "Nothing has arrived this way yet."
        )}{" "}
        {waiting > 0 && `${waiting === 1 ? "1 notice waits" : `${waiting.toLocaleString("en")} notices wait`}. `}
        {!enabled && "Switched off: what happens meanwhile is not sent later."}
      </p>
    </div>
  );
}
