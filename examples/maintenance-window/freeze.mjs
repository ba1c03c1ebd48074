// Puts a change freeze into the calendar, as somebody in the company would: node freeze.mjs HOURS "WHY"
import { readFileSync, writeFileSync } from "node:fs";

const [hours, why] = process.argv.slice(2);
const stamp = (ms) => `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
const now = Date.now();
const event = `BEGIN:VEVENT
UID:${now}@example.com
DTSTAMP:${stamp(now)}
DTSTART:${stamp(now - 60_000)}
DTEND:${stamp(now + Number(hours) * 3_600_000)}
SUMMARY:${why}
END:VEVENT
`;
writeFileSync("freezes.ics", readFileSync("freezes.ics", "utf8").replace(/END:VCALENDAR/, `${event}END:VCALENDAR`));
