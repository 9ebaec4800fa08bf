"use client";

import { type KeyboardEvent, type MouseEvent, type ReactNode, useRef } from "react";

/**
 * Keys and clicks for the table inside: ↑ ↓ go from row to row, ⏎ opens (a link does that by itself), space ticks, a click anywhere on
 * a row opens it, the box in the head ticks all.
 */
export function TableKeys({ children }: { children: ReactNode }) {
  const root = useRef<HTMLDivElement>(null);
  const count = () => {
    const boxes = [...(root.current?.querySelectorAll<HTMLInputElement>("input[data-row-box]") ?? [])];
    const ticked = boxes.filter((box) => box.checked).length;
    const all = root.current?.querySelector<HTMLInputElement>("input[data-all-box]");
    if (all) {
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    const words = root.current?.closest("form")?.querySelector("[data-selected-count]");
    if (words) words.textContent = `${ticked} selected`;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target;
    if (!(target instanceof HTMLElement)) return;
    const row = target.closest("tr");
    if (!row || target.closest("input:not([type=checkbox]), select, textarea, [role=menu]")) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const stops = [...(root.current?.querySelectorAll<HTMLElement>("tbody tr :is(a[data-row-link], input[data-row-box])") ?? [])];
      const rows = [...new Set(stops.map((stop) => stop.closest("tr")))];
      const next = rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
      if (!next) return;
      event.preventDefault();
      const same = target.matches("input[data-row-box]") ? "input[data-row-box]" : "a[data-row-link]";
      (next.querySelector<HTMLElement>(same) ?? next.querySelector<HTMLElement>("a[data-row-link], input[data-row-box]"))?.focus();
    }
    if (event.key === " " && target.matches("a[data-row-link]")) {
      const box = row.querySelector<HTMLInputElement>("input[data-row-box]");
      if (!box) return;
      event.preventDefault();
      box.click();
    }
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target;
    if (!(target instanceof HTMLElement) || target.closest("a, button, input, select, label, summary") || window.getSelection()?.toString()) return;
    target.closest("tr")?.querySelector<HTMLElement>("a[data-row-link]")?.click();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only helps the links and boxes inside
    <div
      ref={root}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onChange={(event) => {
        const target = event.target;
        if (target instanceof HTMLInputElement && target.matches("[data-all-box]")) {
          for (const box of root.current?.querySelectorAll<HTMLInputElement>("input[data-row-box]:not(:disabled)") ?? []) box.checked = target.checked;
        }
        count();
      }}
    >
      {children}
    </div>
  );
}
