"use client";

import { useContext, useId } from "react";
import { FormStateContext } from "@/components/shared/field-context";
import { Switch } from "@/components/ui/switch";

/** Whether notices go this way. After a refusal it stands as it was sent. */
export function SendSwitch({ isOn, children }: { isOn: boolean; children: React.ReactNode }) {
  const id = useId();
  const { status, values } = useContext(FormStateContext);
  const chosen = status === "error" ? values?.enabled === "on" : isOn;
  return (
    <div className="flex items-center gap-2.5">
      <Switch key={String(chosen)} id={id} name="enabled" defaultChecked={chosen} />
      <label htmlFor={id}>{children}</label>
    </div>
  );
}
