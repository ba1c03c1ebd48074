/**
 * Whether two plain values are the same: records, lists and maps by what they hold, all else by identity. Walked
 * without recursion, so that depth costs no stack.
 */
export function same(a: unknown, b: unknown): boolean {
  const open: [unknown, unknown][] = [[a, b]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [x, y] = next;
    if (Object.is(x, y)) continue;
    if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) return false;
    const pairs = x instanceof Map && y instanceof Map ? mapPairs(x, y) : recordPairs(x, y);
    if (pairs === null) return false;
    for (const pair of pairs) open.push(pair);
  }
  return true;
}

function mapPairs(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): [unknown, unknown][] | null {
  if (a.size !== b.size) return null;
  const pairs: [unknown, unknown][] = [];
  for (const [key, value] of a) {
    if (!b.has(key)) return null;
    pairs.push([value, b.get(key)]);
  }
  return pairs;
}

function recordPairs(a: object, b: object): [unknown, unknown][] | null {
  if (Array.isArray(a) !== Array.isArray(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return null;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return null;
  const other = new Map<string, unknown>(Object.entries(b));
  const pairs: [unknown, unknown][] = [];
  for (const [key, value] of Object.entries(a)) {
    if (!other.has(key)) return null;
    pairs.push([value, other.get(key)]);
  }
  return pairs;
}
