/** The view of a plan. It holds what is shown; what it asks for, the extension does. */
import type { Filled, FromView, Kept, PlanAnswer, PlanProblem, ToView } from "../protocol.ts";
import { byId, el } from "./dom.ts";
import { type Form, formOf } from "./form.ts";
import { Picture } from "./picture.ts";
import { Steps } from "./steps.ts";

declare function acquireVsCodeApi(): { postMessage(message: FromView): void; setState(kept: Kept): void };

const { postMessage, setState } = acquireVsCodeApi();
const view = byId("view");

let answer: PlanAnswer | null = null;
let form: Form | null = null;
let formShape = "";
let chosen: number | null = null;
let undoing: number | null = null;
let place: Kept["place"] | null = null;

const title = el("h1", {}, "Plan");
const chips = el("ul", { class: "chips" });
const pin = el(
  "button",
  { type: "button", "aria-pressed": "false", title: "Stay with this action instead of following the cursor" },
  "Pin",
);
const apply = el(
  "button",
  {
    type: "button",
    class: "primary",
    title: "Run opsc apply with these inputs in a terminal; it asks before it changes anything",
  },
  "Apply…",
);
const save = el(
  "button",
  {
    type: "button",
    title: "Run opsc plan with these inputs in a terminal, and keep the plan to be approved and applied",
  },
  "Save plan…",
);
const problems = el("section", { class: "problems", role: "alert" });
const dangers = el("section", { class: "dangers", "aria-label": "Not to be missed" });
const as = el("input", { id: "as", type: "text", placeholder: "you", spellcheck: "false" });
const reason = el("input", { id: "reason", type: "text" });
const inputs = el("div");
const asked = el(
  "div",
  { class: "fields" },
  el("div", { class: "field" }, el("label", { for: "reason" }, "Reason"), reason),
  el("div", { class: "field" }, el("label", { for: "as" }, "As"), as),
);
const panel = el("details", { class: "inputs", open: true }, el("summary", {}, "Inputs"), inputs, asked);
const gates = el("section", { class: "gates", "aria-label": "Guardrails" });

const steps = new Steps({ choose: (node) => choose(node, true), open, undo: askUndo });
const picture = new Picture((node, focus) => (focus ? open(node) : choose(node, true)));

view.replaceChildren(
  el("header", {}, title, el("div", { class: "buttons" }, pin, save, apply), chips),
  problems,
  dangers,
  panel,
  gates,
  picture.element,
  steps.details,
  steps.element,
);

function choose(node: number | null, reveal: boolean): void {
  if (node !== chosen) clearUndo();
  chosen = node;
  steps.chosen(node);
  picture.mark("chosen", new Set(node === null ? [] : [node]), reveal);
  const location = steps.node(node)?.location;
  if (reveal && location !== undefined && location !== null) postMessage({ type: "open", location, focus: false });
}

function open(node: number): void {
  choose(node, false);
  const location = steps.node(node)?.location;
  if (location !== undefined && location !== null) postMessage({ type: "open", location, focus: true });
}

function askUndo(node: number): void {
  if (undoing === node) endUndo();
  else postMessage({ type: "undo", node });
}

function endUndo(): void {
  clearUndo();
  steps.chosen(chosen);
}

function clearUndo(): void {
  undoing = null;
  picture.undo(null, null);
}

const filled = (): Filled => ({ inputs: form?.read() ?? {}, as: as.value, reason: reason.value });

function keep(): void {
  if (answer === null || place === null) return;
  const pinned = pin.getAttribute("aria-pressed") === "true";
  setState({ place, action: answer.action.id, filled: filled(), pinned });
}

function changed(): void {
  if (answer === null) return;
  // What is no value is told at once; the rest when it was planned.
  form?.update(answer);
  postMessage({ type: "filled", action: answer.action.id, filled: filled() });
  keep();
}

function show(next: PlanAnswer, was: Filled): void {
  const other = answer?.action.id !== next.action.id;
  answer = next;
  view.setAttribute("aria-busy", "false");
  const shape = `${next.action.id} ${JSON.stringify(next.form)}`;
  // With errors in the project there is no form: the one that is there keeps what was filled in.
  if (other || (next.form.properties !== undefined && shape !== formShape)) {
    formShape = shape;
    form = formOf(next.form, was.inputs, changed);
    inputs.replaceChildren(form.element);
    as.value = was.as;
    reason.value = was.reason;
  }
  if (next.form.properties !== undefined) form?.update(next);
  showProblems(next.problems);
  view.classList.toggle("stale", next.plan === null);
  // Of an action that could not be planned yet there is no older picture to go on with.
  view.classList.toggle("empty", next.plan === null && (other || view.classList.contains("empty")));
  panel.hidden = next.form.properties === undefined && (other || panel.hidden);
  if (other && next.plan === null) {
    title.textContent = next.action.name;
    chips.replaceChildren();
    dangers.replaceChildren();
    gates.replaceChildren();
  }
  if (next.plan !== null) showPlan(next.plan);
}

function showPlan(plan: NonNullable<PlanAnswer["plan"]>): void {
  title.textContent = plan.title;
  const risk = plan.risk === null ? [] : [el("li", { class: `risk ${plan.risk}` }, `risk ${plan.risk}`)];
  chips.replaceChildren(...risk, ...plan.totals.map((text) => el("li", {}, text)));
  steps.show(plan);
  dangers.replaceChildren(
    ...plan.dangers.map(({ level, words, nodes }) => {
      const [first] = nodes.flatMap((id) => steps.indexOf(id) ?? []);
      return el("p", { class: level }, words, first === undefined ? null : goTo(first));
    }),
  );
  const n = plan.unread.length;
  if (n > 0)
    dangers.append(
      el(
        "p",
        { class: "quiet", title: plan.unread.join(", ") },
        `Nothing is read while you write: what rests on ${n === 1 ? `the fact ${plan.unread[0]}` : `${n} facts`} stays open.`,
      ),
    );
  const ranks = ["fail", "deferred", "pass"];
  const judged = plan.guardrails.toSorted((a, b) => ranks.indexOf(a.status) - ranks.indexOf(b.status));
  gates.replaceChildren(
    ...judged.map(({ name, status, enforcement, why, location }) => {
      const word = status === "pass" ? "✓ passes" : status === "fail" ? "✗ fails" : "… open";
      const words = `${word}: ${name}${why === null ? "" : `: ${why}`}`;
      const made = el("button", { type: "button", class: `gate ${status}`, title: `${enforcement} guardrail` }, words);
      if (location !== null) made.addEventListener("click", () => postMessage({ type: "open", location, focus: true }));
      return made;
    }),
  );
  picture.show(plan.svg);
  const kept = steps.node(chosen) === null ? null : chosen;
  clearUndo();
  chosen = kept;
  steps.chosen(kept);
  picture.mark("chosen", new Set(kept === null ? [] : [kept]), false);
}

function goTo(node: number): HTMLElement {
  const made = el("button", { type: "button", class: "link" }, "show");
  made.addEventListener("click", () => choose(node, true));
  return made;
}

function showProblems(all: readonly PlanProblem[]): void {
  problems.replaceChildren(
    ...all.map(({ message, help, input, location }) => {
      const made = el(
        "button",
        { type: "button", class: "problem" },
        el("span", {}, message),
        help === null || input !== null ? null : el("span", { class: "help" }, help),
      );
      made.addEventListener("click", () => {
        if (input !== null) document.getElementById(`input-${input}`)?.focus();
        else if (location !== null) postMessage({ type: "open", location, focus: true });
      });
      return made;
    }),
  );
}

window.addEventListener("message", ({ data }: MessageEvent<ToView>) => {
  switch (data.type) {
    case "plan":
      pin.setAttribute("aria-pressed", String(data.pinned));
      place = data.place;
      show(data.answer, data.filled);
      return keep();
    case "nothing":
      view.setAttribute("aria-busy", "false");
      view.classList.add("stale");
      return problems.replaceChildren(el("p", { class: "quiet" }, data.why));
    case "cursor": {
      const nodes = new Set(data.nodes);
      picture.mark("cursor", nodes, document.activeElement === document.body);
      return steps.mark("cursor", nodes);
    }
    case "undo":
      undoing = data.node;
      picture.undo(data.undo, data.node);
      return steps.undo(data.node, data.undo);
  }
});

for (const input of [as, reason]) input.addEventListener("input", changed);
apply.addEventListener("click", () => postMessage({ type: "apply" }));
save.addEventListener("click", () => postMessage({ type: "save" }));
pin.addEventListener("click", () => {
  const pinned = pin.getAttribute("aria-pressed") !== "true";
  pin.setAttribute("aria-pressed", String(pinned));
  postMessage({ type: "pin", pinned });
  keep();
});

/** Everywhere but where something is typed. */
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select") !== null;
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const acts: Readonly<Record<string, () => void>> = {
    u: () => chosen !== null && askUndo(chosen),
    Escape: () => (undoing === null ? choose(null, false) : endUndo()),
    "+": () => picture.zoomBy(1.25),
    "-": () => picture.zoomBy(0.8),
    "0": () => picture.fit(),
  };
  // Where nothing has the focus yet, as when the view is come to by the keyboard, the arrows begin in the list.
  if (document.activeElement === document.body && /^(Arrow(Up|Down)|Home|End)$/.test(event.key)) {
    event.preventDefault();
    steps.focus();
    return;
  }
  acts[event.key]?.();
});

postMessage({ type: "ready" });
