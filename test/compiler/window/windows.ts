/** Windows made by hand, as plans carry them. */
import type { PlanWindow } from "../../../compiler/plan/plan.schema.ts";

export type Rule = Partial<PlanWindow["rules"][number]> & { readonly effect: "allow" | "deny" };

export function windowOf(timezone: string, rules: readonly Rule[], calendar: string | null = null): PlanWindow {
  return {
    id: "org.ops#hours",
    name: "hours",
    doc: null,
    timezone,
    rules: rules.map((rule) => ({ days: [], dates: [], times: [], because: null, at: "org.ops:1:1", ...rule })),
    calendar: calendar === null ? null : { path: "freeze.ics", text: calendar },
    at: "org.ops:1:1",
  };
}

/** `HH:MM`..`HH:MM` as minutes. */
export function time(from: string, to: string): { from: number; to: number } {
  const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return { from: minutes(from), to: minutes(to) };
}

/** A calendar of events, each as its lines. */
export function calendar(...events: readonly (readonly string[])[]): string {
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"];
  for (const event of events) lines.push("BEGIN:VEVENT", "DTSTAMP:20260101T000000Z", ...event, "END:VEVENT");
  return `${[...lines, "END:VCALENDAR"].join("\r\n")}\r\n`;
}

export const at = (text: string): number => Date.parse(text);
export const iso = (moment: number | null): string | null =>
  moment === null ? null : new Date(moment).toISOString().replace(":00.000Z", "Z");
