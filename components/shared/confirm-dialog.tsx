"use client";

import Link from "next/link";
import { type ReactNode, useState } from "react";
import { Button, type ButtonProps, buttonVariants } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle, DialogTrigger } from "@/components/ui/dialog";
import { ActionForm, type FormAction } from "./action-form";
import { SubmitButton } from "./submit-button";
import { useHydrated } from "./use-hydrated";

export type ConfirmDialogProps = {
  /** The words on the button that opens it. */
  trigger: ReactNode;
  triggerVariant?: ButtonProps["variant"];
  triggerSize?: ButtonProps["size"];
  /** Names the thing: "Delete Jira?" */
  title: string;
  /** Names the consequence: "2 portals and 41 people lose 14 tools." */
  consequence: ReactNode;
  /** The verb on the button that does it. */
  confirmLabel: string;
  action: FormAction;
  org?: string;
  /** Hidden fields of the form. */
  fields?: Record<string, string>;
  /** Set `primary` for what destroys nothing. */
  variant?: "danger" | "primary";
  /** A page that asks the same, for browsers without JavaScript; without it the question unfolds in place. */
  fallbackHref?: string;
  /** More fields inside, such as a name to type. */
  children?: ReactNode;
};

/** Asks before something that cannot be taken back. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [isOpen, setOpen] = useState(false);
  if (!useHydrated()) return <WithoutScript {...props} />;
  return (
    <Dialog open={isOpen} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button type="button" variant={props.triggerVariant ?? "secondary"} size={props.triggerSize} wraps className="w-fit">
          {props.trigger}
        </Button>
      </DialogTrigger>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogDescription asChild>
            <div>{props.consequence}</div>
          </DialogDescription>
        </DialogHeader>
        <ActionForm action={props.action} org={props.org} hidden={props.fields} onDone={() => setOpen(false)}>
          {props.children}
          <DialogFooter>
            <DialogClose asChild>
              <Button type="button" variant="secondary">
                Cancel
              </Button>
            </DialogClose>
            <SubmitButton variant={props.variant ?? "danger"} wraps>
              {props.confirmLabel}
            </SubmitButton>
          </DialogFooter>
        </ActionForm>
      </DialogContent>
    </Dialog>
  );
}

function WithoutScript({
  trigger,
  triggerVariant = "secondary",
  triggerSize,
  consequence,
  confirmLabel,
  action,
  org,
  fields,
  variant,
  fallbackHref,
  children,
}: ConfirmDialogProps) {
  const look = buttonVariants({ variant: triggerVariant, size: triggerSize, wraps: true });
  if (fallbackHref) {
    return (
      <Link href={fallbackHref} className={look}>
        {trigger}
      </Link>
    );
  }
  return (
    <details>
      <summary className={look}>{trigger}</summary>
      <ActionForm action={action} org={org} hidden={fields} className="mt-3 min-w-48 whitespace-normal text-left">
        <div className="text-muted-foreground">{consequence}</div>
        {children}
        <SubmitButton variant={variant ?? "danger"} className="w-fit">
          {confirmLabel}
        </SubmitButton>
      </ActionForm>
    </details>
  );
}
