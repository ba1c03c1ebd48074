/** What is not about a single node: the theme, help, and how long the plan still holds. */
import { copyButton } from "./copy.ts";
import { button, el } from "./dom.ts";

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["/"], "search steps"],
  [["↑", "↓"], "in the outline: from row to row; on a box: along the arrows of the graph"],
  [["←", "→"], "in the outline: close, open; on a box: to what stands beside"],
  [["Enter"], "details of the step"],
  [["f"], "what is undone if the chosen step fails"],
  [["Esc"], "close details, clear the search"],
  [["g"], "to the graph: arrow keys move over it, Tab goes from box to box"],
  [["+", "-", "0"], "in the graph: zoom in, out, show all of it"],
  [["Shift ↑", "…"], "on a box: move over the graph"],
  [["t"], "light or dark"],
  [["?"], "this"],
];

export interface Corner {
  toggleTheme(): void;
  help(): void;
}

export function makeCorner(): Corner {
  const dialog = el(
    "dialog",
    { "aria-labelledby": "help-title" },
    el("h2", { id: "help-title" }, "Keys"),
    el(
      "dl",
      {},
      ...KEYS.flatMap(([keys, does]) => [
        el("dt", {}, ...keys.flatMap((key) => [el("kbd", {}, key), " "])),
        el("dd", {}, does),
      ]),
    ),
    el(
      "p",
      { class: "quiet" },
      "The wheel zooms once the graph was clicked, or with Ctrl; dragging moves it, two fingers zoom.",
    ),
    button("Close", {}, () => dialog.close()),
  );
  const root = document.documentElement;
  const toggleTheme = (): void => {
    const now = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  };
  const help = (): void => dialog.showModal();
  document.body.append(dialog);
  document
    .querySelector(".top")
    ?.append(
      el(
        "div",
        { class: "corner tools" },
        button("◐", { class: "square", "aria-label": "Light or dark", title: "Light or dark (t)" }, toggleTheme),
        button("?", { class: "square", "aria-label": "Keys", title: "Keys (?)" }, help),
      ),
    );
  for (const code of document.querySelectorAll<HTMLElement>(".copy"))
    code.after(copyButton(() => code.textContent, "Copy"));
  expiry();
  return { toggleTheme, help };
}

const MINUTE = 60_000;

function expiry(): void {
  const chip = document.querySelector<HTMLElement>("[data-expires]");
  const at = Date.parse(chip?.dataset.expires ?? "");
  if (chip === null || Number.isNaN(at)) return;
  const say = (): void => {
    const left = at - Date.now();
    chip.textContent = left > 0 ? `${span(left)} left` : `expired ${span(-left)} ago`;
    chip.classList.toggle("grave", left <= 0);
    chip.hidden = false;
  };
  say();
  setInterval(say, MINUTE);
}

/** `3 days`, `2 h 5 min`. */
function span(ms: number): string {
  const minutes = Math.floor(ms / MINUTE);
  if (minutes >= 2 * 24 * 60) return `${Math.round(minutes / (24 * 60))} days`;
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;
}
