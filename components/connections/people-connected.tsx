import Link from "next/link";
import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Time } from "@/components/shared/time";
import type { ServerConnection } from "@/lib/connections/queries";
import { ConnectionState, Lasts } from "./connection-facts";

export type PeopleConnectedProps = { org: string; people: ServerConnection[] /** Some portal has each person connect their own. */; isPersonal: boolean };

/** Who has connected an account of their own at a server. */
export function PeopleConnected({ org, people, isPersonal }: PeopleConnectedProps) {
  return (
    <section aria-labelledby="people-connected" className="flex flex-col gap-3">
      <h2 id="people-connected" className="font-semibold">
        People connected
      </h2>
      <DataTable
        label="People connected"
        rows={people}
        rowKey={(person) => person.personId ?? ""}
        pagination={{ total: people.length, noun: "people" }}
        empty={<Nobody org={org} isPersonal={isPersonal} />}
        columns={[
          { key: "person", header: "Person", cell: (person) => person.email },
          {
            key: "state",
            header: "State",
            cell: (person) => (
              <>
                <ConnectionState {...person} />
                {person.problem && <span className="block whitespace-normal text-muted-foreground text-table first-letter:uppercase">{person.problem}.</span>}
              </>
            ),
          },
          { key: "since", header: "Connected", className: "whitespace-nowrap", cell: (person) => <Time value={person.connectedAt} /> },
          { key: "lasts", header: "Lasts", className: "whitespace-nowrap", cell: (person) => <Lasts {...person} /> },
        ]}
      />
    </section>
  );
}

function Nobody({ org, isPersonal }: { org: string; isPersonal: boolean }) {
  if (isPersonal) return <EmptyState title="Nobody yet" description="People connect their account on their portal’s page, or when a tool asks for it." />;
  return (
    <EmptyState
      title="Everybody uses the shared account"
      description="A portal may have each person connect their own. The choice stands beside the server, in the portal."
      action={
        <Link href={`/admin/${org}/portals`} className="text-primary underline underline-offset-4">
          Open portals
        </Link>
      }
    />
  );
}
