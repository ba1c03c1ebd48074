/** Names of time zones. The list is the engine's copy of the IANA database: no clock and no file is read. */

/** Help for a name that is no time zone to rely on; null for one that is. */
export function zoneFault(name: string): string | null {
  const help = 'write a place of the IANA time zone database, such as "Europe/Berlin", or "UTC"';
  if (name === "UTC") return null;
  // Abbreviations and offsets know no summer time: a window would be an hour off for half the year.
  if (!/^[A-Z][A-Za-z_]*(\/[A-Za-z0-9_+-]+)+$/.test(name) || name.startsWith("Etc/")) return help;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch (error) {
    if (error instanceof RangeError) return help;
    throw error;
  }
  return zones().some((zone) => zone !== name && zone.toLowerCase() === name.toLowerCase()) ? help : null;
}

/** The zone that `name` may have meant; "" where none is near. A city alone finds its zone. */
export function nearestZone(name: string, nearest: (name: string, names: readonly string[]) => string): string {
  const plain = name.trim().toLowerCase().replaceAll(" ", "_");
  const known = ["UTC", ...zones()];
  if (["gmt", "z", "etc/utc", "etc/gmt", "utc"].includes(plain)) return "UTC";
  return (
    known.find((zone) => zone.toLowerCase() === plain || zone.toLowerCase().endsWith(`/${plain}`)) ??
    nearest(name, known)
  );
}

let found: readonly string[] | null = null;

function zones(): readonly string[] {
  found ??= Intl.supportedValuesOf("timeZone");
  return found;
}
