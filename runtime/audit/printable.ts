/** Text that was written by others, made safe to show. */

/** Characters a terminal or an editor acts upon, or that cannot be seen: controls, escapes, text direction, zero width. */
const ACTS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Every such character as `\uXXXX`. Within JSON without white space it says the same, so JSON stays JSON. */
export function printable(text: string): string {
  return text.replace(ACTS, (found) =>
    Array.from(
      { length: found.length },
      (_, unit) => `\\u${found.charCodeAt(unit).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
