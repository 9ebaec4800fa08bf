import { Button } from "@/components/ui/button";

type Props = { token: string; csrf: string; allow: boolean; cancel: string };

/** The person's answer, as a plain form. Nothing has the focus, so no key pressed by accident allows anything (OA-26). */
export function ConsentForm({ token, csrf, allow, cancel }: Props) {
  return (
    <form method="post" action="/oauth/consent/decide" className="flex flex-wrap justify-end gap-2">
      <input type="hidden" name="tx" value={token} />
      <input type="hidden" name="csrf" value={csrf} />
      <Button type="submit" name="decision" value="cancel" variant="outline">
        {cancel}
      </Button>
      {allow && (
        <Button type="submit" name="decision" value="allow">
          Allow
        </Button>
      )}
    </form>
  );
}

/** Signs out and asks to sign in again for the same request. */
export function SwitchAccount({ token }: { token: string }) {
  return (
    <form method="post" action="/oauth/consent/switch" className="inline">
      <input type="hidden" name="tx" value={token} />
      <button type="submit" className="underline underline-offset-4 hover:text-foreground">
        Use another account
      </button>
    </form>
  );
}
