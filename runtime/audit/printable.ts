/** Text that was written by others, made safe to show. */

/** Characters a terminal or an editor acts upon, or that cannot be seen: controls, escapes, text direction, zero width. */
let acts: RegExp | null = null;

/** Every such character as `\uXXXX`. Within JSON without white space it says the same, so JSON stays JSON. */
export function printable(text: string): string {
  // Made when it is used: V8 takes a while for properties of characters, and most commands print nothing like it.
  acts ??= /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
  return text.replace(acts, (found) =>
    Array.from(
      { length: found.length },
      (_, unit) => `\\u${found.charCodeAt(unit).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
