/** Components of RFC 5545: what stands between BEGIN and END. */
import type { Span } from "../../../language/tree.ts";
import { type ContentLine, type Faults, readLines } from "./lines.ts";

export interface Component {
  /** Upper case, such as `VEVENT`. */
  readonly name: string;
  readonly span: Span;
  readonly lines: readonly ContentLine[];
  readonly inner: readonly Component[];
}

interface Open {
  readonly name: string;
  readonly span: Span;
  readonly lines: ContentLine[];
  readonly inner: Component[];
}

/** Nobody nests them deeper than an alarm in an event in a calendar. */
const MAX_DEPTH = 10;

/** The calendars in a file. */
export function readComponents(text: string, faults: Faults): readonly Component[] {
  const top: Component[] = [];
  const open: Open[] = [];
  for (const line of readLines(text, faults)) {
    const name = line.value.trim().toUpperCase();
    const last = open.at(-1);
    if (line.name === "BEGIN") {
      if (open.length === 0 && name !== "VCALENDAR")
        faults.add(line.span, `BEGIN:${name} stands outside of a calendar`);
      if (open.length < MAX_DEPTH) open.push({ name, span: line.span, lines: [], inner: [] });
      else faults.add(line.span, `it nests deeper than ${MAX_DEPTH}`);
    } else if (line.name === "END") {
      if (last === undefined || last.name !== name) {
        const related = last === undefined ? null : { span: last.span, note: `${last.name} begins here` };
        faults.add(line.span, `END:${name} ends nothing that began`, null, related);
        continue;
      }
      open.pop();
      (open.at(-1)?.inner ?? top).push(last);
    } else if (last === undefined) faults.add(line.span, `${line.name} stands outside of a calendar`);
    else last.lines.push(line);
  }
  for (const each of open) faults.add(each.span, `${each.name} begins here and never ends`, `add END:${each.name}`);
  return top;
}

/** A property that may stand once; told where it stands twice. */
export function property(component: Component, name: string, faults: Faults): ContentLine | null {
  const [first, second] = component.lines.filter((line) => line.name === name);
  if (first !== undefined && second !== undefined)
    faults.add(second.span, `${name} stands twice in one ${component.name}`, null, {
      span: first.span,
      note: "the first",
    });
  return first ?? null;
}
