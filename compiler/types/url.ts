/** What a `url` may be. */

/** An address: a scheme, `//` and what can be reached there. `javascript:…` and `host:8080` are none. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text) && URL.canParse(text);
}
