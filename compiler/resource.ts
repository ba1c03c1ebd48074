/** The names of what operations touch. */

/** One that is a path, without its detours: `file:./a` and `file:b/../a` are `file:a`. Addresses with `//` stay as they are. */
export function plainResource(resource: string): string {
  if (resource.includes("://")) return resource;
  const colon = resource.indexOf(":") + 1;
  const path = resource.slice(colon);
  if (!/(^|\/)\.{0,2}(\/|$)/.test(path)) return resource;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return `${resource.slice(0, colon)}${path.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}
