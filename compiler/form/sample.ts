/** A short text that a pattern of the language takes. */
import { matchesPattern, type Pattern, parsePattern } from "../ir/pattern.ts";

type Machine = Extract<Pattern, { ok: true }>["machine"];
type CharSet = Extract<Machine[number], { i: "char" }>["set"];

interface At {
  readonly state: number;
  readonly text: string;
  readonly ended: boolean;
}

/** Longer ones are no samples. */
const LONGEST = 200;

/** The shortest that `.matches(pattern)` holds of, by the characters people would take; undefined where there is none at hand. */
export function sampleOf(pattern: string): string | undefined {
  const read = parsePattern(pattern);
  if (!read.ok) return undefined;
  const { machine } = read;
  const seen = new Set<string>();
  let now: At[] = [{ state: 0, text: "", ended: false }];
  while (now.length > 0) {
    const next: At[] = [];
    // What needs no character goes on in the same round, so that the first to match is the shortest.
    for (let at = now.shift(); at !== undefined; at = now.shift()) {
      const { state, text, ended } = at;
      const key = `${state} ${text === ""} ${ended}`;
      const instruction = machine[state];
      if (seen.has(key) || instruction === undefined || text.length > LONGEST) continue;
      seen.add(key);
      switch (instruction.i) {
        case "match":
          return matchesPattern(machine, text) === true ? text : undefined;
        case "split":
          now = [...instruction.to.map((to) => ({ state: to, text, ended })), ...now];
          break;
        case "start":
          if (text === "") now.unshift({ state: state + 1, text, ended });
          break;
        case "end":
          now.unshift({ state: state + 1, text, ended: true });
          break;
        case "char": {
          const character = ended ? undefined : characterOf(instruction.set);
          if (character !== undefined) next.push({ state: state + 1, text: text + character, ended });
        }
      }
    }
    now = next;
  }
  return undefined;
}

const USUAL = ["1", "a", "A", "x", "-", "/", "."];

function characterOf({ not, ranges }: CharSet): string | undefined {
  const has = (character: string): boolean => {
    const code = character.codePointAt(0) ?? 0;
    return ranges.some(([from, to]) => from <= code && code <= to) !== not;
  };
  const usual = USUAL.find(has);
  const [first] = ranges[0] ?? [];
  return usual ?? (not || first === undefined ? undefined : String.fromCodePoint(first));
}
