/** Windows through the command: what a plan says of them, and that nothing is written while one is closed. */
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { makeProject, opsc } from "./opsc.ts";

const DAY = 86_400_000;
const date = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const compact = (days: number): string => date(days).replaceAll("-", "");

const main = (rules: string): string => `use file
window hours {
  timezone = "UTC"
  ${rules}
}
action stamp() {
  window = hours
  step put = file.write(path: "stamp", content: "x") { rollback auto }
}
`;
const freeze = (from: number, to: number): string =>
  [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//test//EN",
    "BEGIN:VEVENT",
    "UID:freeze",
    `DTSTART;VALUE=DATE:${compact(from)}`,
    `DTEND;VALUE=DATE:${compact(to)}`,
    "SUMMARY:Audit week",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ].join("\r\n");

const ask = ["--as", "dana@example.com"];

describe("as built, a window", () => {
  test("that is open lets a run write; the plan says until when", async () => {
    const project = makeProject({ "main.ops": main(`allow ${date(-2)}..${date(2)}`) });
    const planned = await opsc(["plan", "stamp", ...ask, "-o", "p.opsplan.json"], project);
    expect(planned).toMatchObject({ code: 0, out: expect.stringContaining("window hours is open until") });
    expect(await opsc(["apply", "p.opsplan.json", ...ask], project)).toMatchObject({ code: 0 });
    expect(existsSync(path.join(project, "stamp"))).toBe(true);
  });

  test("that is closed by its calendar refuses, with the reason and when it opens", async () => {
    const project = makeProject({ "main.ops": main('calendar = "./freeze.ics"'), "freeze.ics": freeze(-3, 4) });
    const closed = `window hours is closed: Audit week (freeze.ics); it opens`;
    const planned = await opsc(["plan", "stamp", ...ask, "-o", "p.opsplan.json"], project);
    expect(planned.code).toBe(0);
    expect(planned.out.replaceAll(/\s+/g, " ")).toContain(closed);
    const applied = await opsc(["apply", "p.opsplan.json", ...ask], project);
    expect(applied).toMatchObject({ code: 3, err: expect.stringContaining(`${closed} `) });
    expect(applied.err).toContain(`${date(4)} 00:00 +00:00 (UTC)`);
    expect(existsSync(path.join(project, "stamp"))).toBe(false);
  });

  test("whose calendar is broken is told by check, where it is broken", async () => {
    const broken = freeze(0, 1).replace("SUMMARY:Audit week", "RRULE:FREQ=SECONDLY");
    const project = makeProject({ "main.ops": main('calendar = "./freeze.ics"'), "freeze.ics": broken });
    const { code, out, err } = await opsc(["check"], project);
    expect(code).toBe(1);
    expect(`${out}${err}`).toContain(" --> freeze.ics:8:1");
    expect(`${out}${err}`.replaceAll(/\s+/g, " ")).toContain("FREQ=SECONDLY comes more often than daily");
  });
});
