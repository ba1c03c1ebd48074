/** Elements made of text: nothing that comes from a plan is ever read as markup. */
type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** `false` and `null` leave an attribute out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`there is no ${id}`);
  return found;
}

/** Scrolls `box` alone, so that what else is looked at stays where it is. */
export function revealIn(box: Element, element: Element): void {
  const [outer, inner] = [box.getBoundingClientRect(), element.getBoundingClientRect()];
  const by = (from: number, to: number, least: number, most: number): number =>
    from < least ? from - least : to > most ? Math.min(from - least, to - most) : 0;
  box.scrollBy(
    by(inner.left, inner.right, outer.left, outer.left + box.clientWidth),
    by(inner.top, inner.bottom, outer.top, outer.top + box.clientHeight),
  );
}
