/** A strict reader of the XML that pictures are made of: whatever it does not know is a fault. */

export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Tag[];
  /** Text directly in it, decoded. */
  text: string;
}

/** The root. Throws where the text is not well-formed, or holds a comment, a doctype, a processing instruction or CDATA. */
export function readXml(source: string): Tag {
  const top: Tag = { name: "", attributes: new Map(), children: [], text: "" };
  const open: Tag[] = [top];
  let at = 0;
  const here = (): Tag => open.at(-1) ?? top;
  while (at < source.length) {
    const next = source.indexOf("<", at);
    const text = source.slice(at, next === -1 ? source.length : next);
    here().text += decoded(text);
    if (next === -1) break;
    const match = /^<(\/?)([a-z]+)((?: [a-zA-Z][a-zA-Z0-9-]*="[^"<]*")*)(\/?)>/.exec(
      source.slice(next, next + 100_000),
    );
    if (match === null) throw new Error(`not a tag: ${source.slice(next, next + 80)}`);
    const [whole, closing, name = "", written = "", empty] = match;
    at = next + whole.length;
    if (closing === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes something else`);
      continue;
    }
    const attributes = new Map<string, string>();
    for (const [, key = "", value = ""] of written.matchAll(/ ([a-zA-Z][a-zA-Z0-9-]*)="([^"<]*)"/g)) {
      if (attributes.has(key)) throw new Error(`${key} is there twice`);
      attributes.set(key, decoded(value));
    }
    const tag: Tag = { name, attributes, children: [], text: "" };
    here().children.push(tag);
    if (empty !== "/") open.push(tag);
  }
  const [root] = top.children;
  if (open.length !== 1 || root === undefined || top.children.length !== 1 || top.text.trim() !== "")
    throw new Error("there is not one root, or something is left open");
  return root;
}

function decoded(text: string): string {
  const plain = text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  if (/&/.test(text.replace(/&#\d+;/g, ""))) throw new Error(`a loose ampersand: ${text.slice(0, 80)}`);
  return plain;
}

export function walk(tag: Tag): Tag[] {
  return [tag, ...tag.children.flatMap(walk)];
}

export function classesOf(tag: Tag): string[] {
  return (tag.attributes.get("class") ?? "").split(" ");
}
