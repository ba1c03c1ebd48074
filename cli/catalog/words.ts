/** What is known, or what it depends on, in words. */
import type { Entry, Stated } from "./entry.ts";

export function words<T>(value: NonNullable<Stated<T>>, known: (value: T) => string = String): string {
  return value.is === "known" ? known(value.value) : `depends on inputs: ${value.on}`;
}

export function approvalWords({ mode, by, quorum, conditional }: Entry["approvals"][number]): string {
  const who = by === null ? "" : words(by, (names) => names.join(mode === "all" ? " and " : " or "));
  const each = mode === "all" ? " of each" : "";
  const count = quorum?.is === "known" ? `${quorum.value}${each}` : quorum === null ? "" : words(quorum);
  return `approval by ${who}: ${count}${conditional ? ", under a condition" : ""}`;
}

/** `1m30s`, `["a"]`: as one would write it after `-i name=`. */
export const shownDefault = (value: Entry["inputs"][number]["default"]): string =>
  typeof value === "string" ? value : JSON.stringify(value);
