/** Names of runs. */
const LETTERS = "23456789abcdefghjkmnpqrstvwxyz";

/**
 * Sorts by the minute it was made in, and is short enough to say: `20261121-0914-k3f9q2`. `now` is milliseconds since
 * 1970; `random` gives numbers from 0 up to 1. Letters that are mistaken for one another are left out.
 */
export function runId(now: number, random: () => number): string {
  const [day = "", time = ""] = new Date(now).toISOString().split("T");
  let tail = "";
  for (let i = 0; i < 6; i++) tail += LETTERS[Math.floor(random() * LETTERS.length)] ?? "z";
  return `${day.replaceAll("-", "")}-${time.slice(0, 5).replace(":", "")}-${tail}`;
}
