/** What signs and colours mean, of those that occur. */
import type { Fate } from "../happened.ts";
import { KEY } from "./labels.ts";
import { textWidth } from "./measure.ts";
import { boxesOf, framesOf, type Look, type Picture } from "./model.ts";
import { TONES } from "./palette.ts";
import { badgeSvg, discSvg, ribbonSvg, rounded } from "./shapes.ts";
import { FATE_SIGNS, LEASE_SIGN } from "./signs.ts";
import { badgeWidth, SMALL } from "./size.ts";
import { element, path, text } from "./xml.ts";

interface Entry {
  readonly words: string;
  readonly width: number;
  /** Drawn in a field of `width` by 20. */
  readonly sample: (x: number, y: number) => string;
}

const LOOKS: readonly (readonly [Look, string])[] = [
  ["rules", "guardrails, judged while planning and at the run"],
  ["window", "window that must be open"],
  ["approve", "approval: people let it through"],
  ["require", "requirement"],
  ["read", "reads"],
  ["write", "changes"],
  ["destroy", "destroys"],
  ["check", "waits until it is so"],
  ["wait", "pause"],
];

const FATES: readonly (readonly [Fate, string])[] = [
  ["done", "done"],
  ["skipped", "skipped"],
  ["running", "running"],
  ["retrying", "tried again"],
  ["waiting", "waiting"],
  ["failed", "failed"],
  ["unknown", "outcome unknown"],
  ["undoing", "being undone"],
  ["undone", "undone"],
  ["undo failed", "undo failed"],
  ["pending", "not begun"],
];

function entriesOf(picture: Picture): Entry[] {
  const boxes = picture.flows.flatMap(({ root }) => boxesOf(root));
  const frames = picture.flows.flatMap(({ root }) => framesOf(root));
  const looks = new Set(boxes.map(({ look }) => look));
  const fates = new Set([
    ...boxes.flatMap(({ fate }) => fate?.fate ?? []),
    ...frames.flatMap(({ waves }) => waves.flat().flatMap(({ fate }) => fate?.fate ?? [])),
  ]);
  const most = Math.max(1, ...boxes.map(({ nodes }) => nodes.length));
  const folded = most > 1;
  const room = badgeWidth(most) + 8;
  const inWaves = frames.some(({ waves }) => waves.length > 1 && waves.some((wave) => wave.length > 1));
  const keyed = boxes.some(
    ({ nodes, id, details }) => nodes.length > 1 && (id.includes(KEY) || details.some((d) => d.includes(KEY))),
  );
  return [
    ...LOOKS.filter(([look]) => looks.has(look)).map(
      ([look, words]): Entry => ({
        words,
        width: 22,
        sample: (x, y) => element("g", { class: look }, discSvg(look, x + 10, y + 10)),
      }),
    ),
    ...(boxes.some(({ final }) => final !== null)
      ? [
          {
            words: "cannot be taken back",
            width: 92,
            sample: (x: number, y: number) => ribbonSvg("irreversible", x, y + 3, 88),
          },
        ]
      : []),
    ...(boxes.some(({ lease }) => lease !== null)
      ? [
          {
            words: "there for a time, from when it is done",
            width: 18,
            sample: (x: number, y: number) => path("i lease", LEASE_SIGN, [x, y + 4]),
          },
        ]
      : []),
    ...(boxes.some(({ conditional }) => conditional)
      ? [
          {
            words: "only if a condition holds",
            width: 34,
            sample: (x: number, y: number) =>
              element("g", { class: "edge maybe" }, element("path", { d: `M${x} ${y + 10}H${x + 30}` })),
          },
        ]
      : []),
    ...(folded
      ? [
          {
            words: `that many alike drawn as one${keyed ? `; ${KEY} is what differs` : ""}`,
            width: room,
            sample: (x: number, y: number) => badgeSvg(x + room - 6, y + 2, most),
          },
        ]
      : []),
    ...(frames.some(({ waves }) => waves.length > 0)
      ? [
          {
            words: inWaves ? "elements of a loop, by wave" : "elements of a loop",
            width: 24,
            sample: (x: number, y: number) => path("chip", rounded(x, y + 3, 20, 14, 7)),
          },
        ]
      : []),
    ...FATES.filter(([fate]) => fates.has(fate)).map(
      ([fate, words]): Entry => ({
        words,
        width: 24,
        sample: (x, y) =>
          element(
            "g",
            { class: TONES[fate] },
            `${element("rect", { class: "strip", x, y: y + 2, width: 20, height: 15, rx: 3 })}${path("i sign", FATE_SIGNS[fate], [x + 4, y + 3.5])}`,
          ),
      }),
    ),
  ];
}

/** In rows of at most `width` pixels. */
export function legendSvg(
  picture: Picture,
  left: number,
  top: number,
  width: number,
): { readonly svg: string; readonly height: number } {
  const parts: string[] = [];
  let [x, y] = [left, top];
  for (const { words, width: sample, sample: draw } of entriesOf(picture)) {
    const needed = sample + 6 + textWidth(words, SMALL);
    if (x > left && x + needed > left + width) [x, y] = [left, y + 24];
    parts.push(draw(x, y), text(x + sample + 4, y + 14, "m", words));
    x += needed + 22;
  }
  return parts.length === 0
    ? { svg: "", height: 0 }
    : { svg: element("g", { class: "legend" }, parts.join("")), height: y - top + 24 };
}
