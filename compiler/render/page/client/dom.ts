/** Short ways to make and find elements. Texts are set as text, never as markup. */

export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

export function button(
  text: string,
  attributes: Readonly<Record<string, string>>,
  press: (event: MouseEvent) => void,
): HTMLButtonElement {
  const made = el("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", press);
  return made;
}

/** Whether a key was meant for what is being typed into. */
export const isTyping = ({ target }: Event): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

/** Whether it was a key of its own, not part of a command to the browser. */
export const isPlain = (event: KeyboardEvent): boolean => !event.ctrlKey && !event.metaKey && !event.altKey;

/** The address of a node on the page. */
export const hashOf = (id: string): string => `#node=${encodeURIComponent(id)}`;

/** A phone: outline and graph take turns, and details come from below. As in the style. */
export const NARROW = matchMedia("(max-width: 48rem)");
