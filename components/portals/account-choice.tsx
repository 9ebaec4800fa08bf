import Link from "next/link";
import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { setAccountAction } from "@/lib/connections/actions";
import type { AssignmentItem } from "@/lib/portals/queries";

export type AccountChoiceProps = { org: string; portalId: string; server: AssignmentItem; canEdit: boolean };

/** Whose account a portal uses at a server; only where the server wants one. */
export function AccountChoice({ org, portalId, server, canEdit }: AccountChoiceProps) {
  const { serverId, name, auth, account } = server;
  if (auth === "none") return null;
  return (
    <>
      {canEdit ? (
        <details className="mt-1 text-table">
          <summary className="w-fit cursor-pointer text-muted-foreground">
            Account: <span className="text-foreground">{words[account].name}</span>
            <span className="sr-only"> at {name}, change</span>
          </summary>
          <ActionForm action={setAccountAction} org={org} hidden={{ portalId, serverId }} className="mt-2 gap-2" aria-label={`Account at ${name}`}>
            <fieldset className="flex flex-col gap-1.5">
              <legend className="sr-only">Whose account is used at {name}</legend>
              {(["shared", "personal"] as const).map((choice) => (
                <label key={choice} className="flex items-start gap-2">
                  <input type="radio" name="account" value={choice} defaultChecked={choice === account} className="mt-1" />
                  <span>
                    <span className="block font-medium first-letter:uppercase">{words[choice].name}</span>
                    <span className="block text-muted-foreground">{words[choice].line}</span>
                  </span>
                </label>
              ))}
            </fieldset>
            <SubmitButton variant="secondary" size="sm" className="w-fit">
              Save
            </SubmitButton>
          </ActionForm>
        </details>
      ) : (
        <p className="mt-1 text-muted-foreground text-table">
          Account: {words[account].name}. {words[account].line}
        </p>
      )}
      {account === "personal" && !server.hasShared && (
        <p className="mt-1 text-table text-warn">
          Its tools are not kept up to date: people’s own accounts only make their calls.{" "}
          <Link href={`/admin/${org}/servers/${serverId}/${auth === "oauth" ? "connections" : "settings"}`} className="underline underline-offset-4">
            {auth === "oauth" ? "Connect a shared account" : "Set a credential"}
          </Link>{" "}
          for that.
        </p>
      )}
    </>
  );
}

const words = {
  shared: { name: "shared by everyone", line: "Calls are made with the one account that the admins connected." },
  personal: { name: "each person’s own", line: "Everybody connects an account or key of their own, and calls are made as that person." },
};
