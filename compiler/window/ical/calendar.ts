/** An RFC 5545 calendar as far as a window needs it: when its events last. */
import type { Span } from "../../../language/tree.ts";
import type { DataFault } from "../../data/node.ts";
import { UTC, type Zone, zoneNamed } from "../zone.ts";
import { type Component, property, readComponents } from "./component.ts";
import { type ContentLine, Faults, plainText } from "./lines.ts";
import { type Budget, type Recurrence, recurrence } from "./recur.ts";
import { type Rule, readRule } from "./rule.ts";
import { readTimeZone } from "./time-zone.ts";
import { type Length, readDuration, readStamp, type Stamp } from "./values.ts";

/** A time with its zone; null for the window's own. */
export interface Moment extends Stamp {
  readonly zone: Zone | null;
}

/** Until when: a moment as far from the start as the end is, or a length. */
export type Lasting = { readonly end: Moment } | Length;

export interface CalendarEvent {
  readonly summary: string | null;
  readonly start: Moment;
  readonly lasting: Lasting;
  readonly rule: Rule | null;
  /** What the rule gives, on the wall clock of the start. */
  readonly repeats: Recurrence | null;
  /** Times beside those of the rule; `lasting` null: as long as the event. */
  readonly more: readonly { readonly start: Moment; readonly lasting: Lasting | null }[];
  /** Times that are left out, or that another event stands for. */
  readonly except: readonly Moment[];
}

export interface CalendarRead {
  readonly events: readonly CalendarEvent[];
  readonly faults: readonly DataFault[];
}

/** Characters. Far larger than any calendar of freezes. */
export const MAX_CALENDAR = 1024 * 1024;
/** Bounds on the work that a calendar may ask for, far above what people write. */
const MAX_EVENTS = 5_000;
const MAX_DATES = 20_000;
const MAX_WEIGHT = 100_000;
const MAX_COUNTED_DAYS = 1_000_000;

/** Never throws for what is written; with faults, the events are those that could be read. */
export function readCalendar(text: string): CalendarRead {
  const faults = new Faults();
  if (text.length > MAX_CALENDAR) {
    const message = `it has ${text.length} characters, and at most ${MAX_CALENDAR} are read`;
    const help = "keep the events that close the window alone";
    return { events: [], faults: [refusal({ start: 0, end: 0 }, message, help)] };
  }
  if (!/^\uFEFF?\s*BEGIN:VCALENDAR[ \t]*(?:[\r\n]|$)/i.test(text)) {
    const end = Math.max(0, text.search(/[\r\n]|$/));
    return { events: [], faults: [refusal({ start: 0, end }, "it does not begin with BEGIN:VCALENDAR", null)] };
  }
  const components = readComponents(text, faults).flatMap((calendar) => calendar.inner);
  const reader = new Reader(components, faults);
  return { events: reader.events(components.filter((c) => c.name === "VEVENT")), faults: faults.found };
}

const refusal = (span: Span, message: string, help: string | null): DataFault => ({
  span,
  message,
  help,
  related: null,
});

/** For the checker. */
export const calendarFaults = (text: string): readonly DataFault[] => readCalendar(text).faults;

interface Read {
  readonly uid: string | null;
  /** Of an event that stands for one time of another. */
  readonly replaces: Moment | null;
  /** Null for one that closes nothing. */
  readonly event: CalendarEvent | null;
}

class Reader {
  readonly #faults: Faults;
  readonly #budget: Budget = { days: MAX_COUNTED_DAYS };
  readonly #own: ReadonlyMap<string, Component>;
  readonly #zones = new Map<string, Zone | null>();
  #weight = 0;
  #dates = 0;

  constructor(components: readonly Component[], faults: Faults) {
    this.#faults = faults;
    this.#own = new Map(
      components.flatMap((c) => (c.name === "VTIMEZONE" ? [[property(c, "TZID", faults)?.value.trim() ?? "", c]] : [])),
    );
  }

  events(components: readonly Component[]): CalendarEvent[] {
    const beyond = components[MAX_EVENTS];
    if (beyond !== undefined)
      this.#faults.add(beyond.span, `it has ${components.length} events, and at most ${MAX_EVENTS} are read`);
    const read = components.slice(0, MAX_EVENTS).map((c) => this.#event(c));
    const replaced = new Map<string, Moment[]>();
    for (const { uid, replaces } of read)
      if (uid !== null && replaces !== null) replaced.set(uid, [...(replaced.get(uid) ?? []), replaces]);
    return read.flatMap(({ uid, replaces, event }) => {
      if (event === null) return [];
      const others = uid === null || replaces !== null ? [] : (replaced.get(uid) ?? []);
      return [others.length === 0 ? event : { ...event, except: [...event.except, ...others] }];
    });
  }

  #event(component: Component): Read {
    const told = this.#faults.found.length;
    const once = (name: string): ContentLine | null => property(component, name, this.#faults);
    const uid = once("UID")?.value ?? null;
    const id = once("RECURRENCE-ID");
    if (id?.params.get("RANGE") !== undefined)
      this.#faults.add(
        id.span,
        "RECURRENCE-ID with RANGE is not read",
        "end the series with UNTIL, and write the rest as another",
      );
    const replaces = id === null ? null : this.#moment(id, id.value);
    const start = this.#start(component, once("DTSTART"));
    const nothing =
      once("STATUS")?.value.toUpperCase() === "CANCELLED" || once("TRANSP")?.value.toUpperCase() === "TRANSPARENT";
    const event = start === null || nothing ? null : this.#lastingEvent(component, start);
    return { uid, replaces, event: this.#faults.found.length > told ? null : event };
  }

  #start(component: Component, line: ContentLine | null): Moment | null {
    if (line !== null) return this.#moment(line, line.value);
    this.#faults.add(component.span, "an event has no DTSTART, and so no time");
    return null;
  }

  #lastingEvent(component: Component, start: Moment): CalendarEvent | null {
    const lasting = this.#lasting(component, start);
    if (lasting === null) return null;
    const summary = property(component, "SUMMARY", this.#faults);
    const rule = this.#rule(component, start, lasting);
    return {
      summary: summary === null ? null : plainText(summary.value).trim() || null,
      start,
      lasting,
      ...rule,
      more: this.#dated(component, "RDATE"),
      except: this.#dated(component, "EXDATE").map((each) => each.start),
    };
  }

  #lasting(component: Component, start: Moment): Lasting | null {
    const end = property(component, "DTEND", this.#faults);
    const duration = property(component, "DURATION", this.#faults);
    if (end !== null && duration !== null)
      this.#faults.add(duration.span, "an event has both DTEND and DURATION", null, {
        span: end.span,
        note: "its end",
      });
    if (end !== null) return this.#end(end, start);
    if (duration !== null) return this.#duration(duration, duration.value, start);
    if (start.kind === "date") return { days: 1, ms: 0 };
    const help = "add DTEND or DURATION; a day without a time lasts all day";
    this.#faults.add(component.span, "an event has neither DTEND nor DURATION, and so closes nothing", help);
    return null;
  }

  #end(line: ContentLine, start: Moment): Lasting | null {
    const end = this.#moment(line, line.value);
    if (end === null) return null;
    if ((end.kind === "date") !== (start.kind === "date")) {
      this.#faults.add(line.span, "DTSTART and DTEND are not both dates, or both times");
      return null;
    }
    const span = momentAround(end) - momentAround(start);
    if (span >= 0 && (span > 0 || start.kind !== "date")) return { end };
    const help = start.kind === "date" ? "DTEND is the day after the last" : null;
    this.#faults.add(line.span, span < 0 ? "an event ends before it begins" : "an event has no length", help);
    return null;
  }

  #duration(line: ContentLine, text: string, start: Moment): Length | null {
    const length = readDuration(text);
    if (length === null) this.#faults.add(line.span, `"${text.slice(0, 40)}" is no duration`, "such as P1D or PT8H");
    else if (start.kind === "date" && length.ms > 0)
      this.#faults.add(line.span, "an event of whole days lasts hours", "give DTSTART a time");
    else return length;
    return null;
  }

  #rule(component: Component, start: Moment, lasting: Lasting): Pick<CalendarEvent, "rule" | "repeats"> {
    const none = { rule: null, repeats: null };
    const [line, second] = component.lines.filter((each) => each.name === "RRULE");
    const refused = component.lines.find((each) => each.name === "EXRULE");
    if (refused !== undefined) this.#faults.add(refused.span, "EXRULE is not read", "leave times out with EXDATE");
    if (second !== undefined)
      this.#faults.add(
        second.span,
        "an event has two rules",
        "write two events",
        line === undefined ? null : { span: line.span, note: "the first" },
      );
    if (line === undefined || second !== undefined) return none;
    const { rule, fault, help } = readRule(line.value, start.kind === "date");
    if (rule === null) {
      this.#faults.add(line.span, fault ?? "RRULE is no rule", help);
      return none;
    }
    if (!this.#carries(rule, start, lasting)) {
      this.#faults.add(
        line.span,
        "the events up to here come too often to be looked at",
        "write fewer, or longer ones",
      );
      return none;
    }
    const repeats = recurrence(rule, start.local, this.#budget);
    if (repeats !== null) return { rule, repeats };
    this.#faults.add(line.span, "it takes too long to count through the times of COUNT", "write until when with UNTIL");
    return none;
  }

  /** Counts what looking at a day costs: times a day, and how many of them may last into it. */
  #carries(rule: Rule, start: Moment, lasting: Lasting): boolean {
    const each = (list: readonly number[]): number => Math.max(1, list.length);
    const days =
      "end" in lasting
        ? (momentAround(lasting.end) - momentAround(start)) / 86_400_000
        : lasting.days + lasting.ms / 86_400_000;
    const positions = rule.positions.length > 0 ? 12 : 1;
    this.#weight += each(rule.hours) * each(rule.minutes) * each(rule.seconds) * (1 + days) * positions;
    return this.#weight <= MAX_WEIGHT;
  }

  /** `RDATE` and `EXDATE`. */
  #dated(component: Component, name: string): { readonly start: Moment; readonly lasting: Lasting | null }[] {
    return component.lines
      .filter((line) => line.name === name)
      .flatMap((line) =>
        line.value.split(",").flatMap((text) => {
          this.#dates += 1;
          if (this.#dates > MAX_DATES) {
            if (this.#dates === MAX_DATES + 1)
              this.#faults.add(line.span, `it has more than ${MAX_DATES} single dates in RDATE and EXDATE`);
            return [];
          }
          return this.#period(line, text.trim()) ?? [];
        }),
      );
  }

  /** A time, or one with its end: `START/END`, `START/DURATION`. */
  #period(line: ContentLine, text: string): { readonly start: Moment; readonly lasting: Lasting | null } | null {
    const [from = "", to] = text.split("/");
    const start = this.#moment(line, from);
    if (start === null || to === undefined) return start === null ? null : { start, lasting: null };
    const end = /^[+-]?P/.test(to) ? null : this.#moment(line, to);
    const lasting = /^[+-]?P/.test(to) ? this.#duration(line, to, start) : end === null ? null : { end };
    return lasting === null ? null : { start, lasting };
  }

  #moment(line: ContentLine, text: string): Moment | null {
    const stamp = readStamp(text.trim());
    if (stamp === null) {
      this.#faults.add(
        line.span,
        `"${text.slice(0, 40)}" is no date or time of these years`,
        "such as 20261220, 20261220T090000 or 20261220T090000Z",
      );
      return null;
    }
    if (stamp.kind === "utc") return { ...stamp, zone: UTC };
    const id = line.params.get("TZID");
    if (stamp.kind === "date" || id === undefined) return { ...stamp, zone: null };
    const zone = this.#zone(id, line.span);
    return zone === null ? null : { ...stamp, zone };
  }

  /** The IANA zone of that name, which knows of changes of law that the calendar may not; else the calendar's own. */
  #zone(id: string, span: Span): Zone | null {
    const known = this.#zones.get(id);
    if (known !== undefined) return known;
    const own = this.#own.get(id);
    const zone = zoneNamed(id) ?? (own === undefined ? null : readTimeZone(own, this.#faults, this.#budget));
    if (zone === null && own === undefined)
      this.#faults.add(
        span,
        `the time zone "${id.slice(0, 60)}" is unknown, and the calendar does not bring it along`,
        "name a zone of the IANA database, such as Europe/Berlin",
      );
    this.#zones.set(id, zone);
    return zone;
  }
}

/** Near enough to tell whether something is before something else in any zone of the window. */
function momentAround({ local, zone }: Moment): number {
  return zone === null ? local : local - zone.offsetAt(local);
}
