/** The names of what operations touch. */

/**
 * In the one spelling that stands for all: a path without its detours (`file:./a` and `file:b/../a` are `file:a`), an
 * address of the web as URLs are compared (`http:http://X.example:80/a#b` is `http:http://x.example/a`). Other addresses
 * with `//` stay as they are.
 */
export function plainResource(resource: string): string {
  const address = /^((?:[a-z_][\w-]*:)?)((?:https?|wss?):\/\/.*)$/is.exec(resource);
  if (address !== null) return `${address[1] ?? ""}${plainAddress(address[2] ?? "")}`;
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

/**
 * What `address` means where it may be relative to `base`: a path from there, so that instances which reach one system
 * at different addresses name its things alike; the whole address where it leads elsewhere.
 */
export function addressFrom(address: string, base: string): string {
  if (!URL.canParse(base) || !URL.canParse(address, base)) return address;
  const from = new URL(plainAddress(base));
  const to = new URL(plainAddress(new URL(address, base).href));
  const folder = from.pathname.slice(0, from.pathname.lastIndexOf("/") + 1);
  const rest = to.pathname.slice(folder.length);
  const within = to.origin === from.origin && to.username === "" && to.pathname.startsWith(folder);
  return within && !rest.startsWith("/") ? `/${rest}${to.search}` : to.href;
}

/** Without the fragment, which no server sees, and without escapes that say what needs none. */
function plainAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.hash = "";
  return url.href.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : escaped.toUpperCase();
  });
}

/** What stands in braces of a resource: a parameter; with `from`, an address that may be relative to that of a setting. */
export interface ResourceHole {
  readonly param: string;
  readonly from: string | null;
}

/** In order: `flag:{file}#{name}` has `file` and `name`, `http:{url from base_url}` has `url` from `base_url`. */
export function resourceHoles(resource: string): readonly ResourceHole[] {
  return [...resource.matchAll(/\{([^{}]*)\}/g)].map((match) => holeOf(match[1] ?? ""));
}

/** A resource as literal texts and holes. */
export function resourceParts(resource: string): readonly (string | ResourceHole)[] {
  return resource.split(/\{([^{}]*)\}/).map((part, i) => (i % 2 === 0 ? part : holeOf(part)));
}

function holeOf(written: string): ResourceHole {
  const [param = "", from = null] = written.split(" from ");
  return { param, from };
}
