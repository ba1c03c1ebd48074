/** What is known of a value, short enough to be kept beside a decision. */
import type { Value } from "../expr.ts";
import { asPartly, ONE, tally } from "./tally.ts";
import { boundsOf, membersOf, type Partly } from "./value.ts";

/** A plain value as it is, a number within bounds as the range, a list of records by its length; null for all else. */
export function sawValue(name: string, value: Partly): { readonly name: string; readonly value: Value } | null {
  if (value.p === "known" && (typeof value.value !== "object" || value.value === null))
    return { name, value: value.value };
  if (value.p === "known" && Array.isArray(value.value) && typeof value.value[0] !== "object")
    return { name, value: value.value };
  const members = membersOf(value);
  const counted = members === null ? value : asPartly(tally(members.map(({ when }) => ({ when, amount: ONE }))));
  const bounds = boundsOf(counted);
  if (bounds === null) return null;
  const { from, to } = bounds;
  return { name: members === null ? name : `${name}.count`, value: from === to ? from : { from, to } };
}
