/** Buttons that copy a text. */
import { button } from "./dom.ts";

/** How long a button says that it has copied, in milliseconds. */
const SAID = 1500;

export function copyButton(text: () => string, label: string): HTMLElement {
  const made = button(label, { class: "small" }, () => {
    void copy(text()).then((done) => {
      made.textContent = done ? "Copied" : "Not allowed here";
      setTimeout(() => {
        made.textContent = label;
      }, SAID);
    });
  });
  made.setAttribute("aria-live", "polite");
  return made;
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page that was opened from a disk may have no clipboard of that kind.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
