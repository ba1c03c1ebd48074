/** When a calendar's events last: made for a month at a time, as it is asked for. */
import { DAY, momentOf, type Zone } from "../zone.ts";
import type { CalendarEvent, Lasting, Moment } from "./calendar.ts";

/** Moments, `to` excluded. */
export interface Busy {
  readonly from: number;
  readonly to: number;
  readonly summary: string | null;
}

export interface BusyState {
  readonly busy: Busy | null;
  /** When this may next change; null: never. */
  readonly until: number | null;
}

const BLOCK = 32 * DAY;
/** How far ahead is looked for the next event: about two years. Then it is looked again. */
const BLOCKS_AHEAD = 24;

/** `own`: the zone of times that name none. */
export function prepareBusy(events: readonly CalendarEvent[], own: Zone): (at: number) => BusyState {
  const timed = events.map((event) => new Timed(event, own));
  const last = Math.max(Number.NEGATIVE_INFINITY, ...timed.map((each) => each.last));
  const blocks = new Map<number, readonly Busy[]>();
  const blockOf = (index: number): readonly Busy[] => {
    const known = blocks.get(index);
    if (known !== undefined) return known;
    const made = timed
      .flatMap((each) => each.within(index * BLOCK, (index + 1) * BLOCK))
      .sort((a, b) => a.from - b.from);
    blocks.set(index, made);
    return made;
  };
  return (at) => {
    const index = Math.floor(at / BLOCK);
    let busy: Busy | null = null;
    for (const each of blockOf(index)) if (each.from <= at && at < each.to && each.to > (busy?.to ?? at)) busy = each;
    if (busy !== null) return { busy, until: busy.to };
    for (let ahead = 0; ahead < BLOCKS_AHEAD; ahead++) {
      if ((index + ahead) * BLOCK > last) return { busy: null, until: null };
      const next = blockOf(index + ahead).find((each) => each.from > at);
      if (next !== undefined) return { busy: null, until: next.from };
    }
    return { busy: null, until: (index + BLOCKS_AHEAD) * BLOCK };
  };
}

/** An event in the zone of its window. */
class Timed {
  readonly #event: CalendarEvent;
  readonly #own: Zone;
  readonly #zone: Zone;
  readonly #except: ReadonlySet<number>;
  readonly #exceptDays: ReadonlySet<number>;
  readonly #until: number;
  /** The longest that one of its times lasts, generously. */
  readonly #reach: number;
  readonly #first: Busy;
  readonly #more: readonly Busy[];
  /** When the last of it is surely over. */
  readonly last: number;

  constructor(event: CalendarEvent, own: Zone) {
    this.#event = event;
    this.#own = own;
    this.#zone = event.start.zone ?? own;
    this.#until = lastMoment(event, this.#zone);
    this.#except = new Set(event.except.flatMap((m) => (m.kind === "date" ? [] : [this.#moment(m)])));
    this.#exceptDays = new Set(event.except.flatMap((m) => (m.kind === "date" ? [m.local] : [])));
    this.#first = this.#lasting(event.start, event.lasting);
    this.#more = event.more.map(({ start, lasting }) =>
      lasting === null ? this.#repeated(start) : this.#lasting(start, lasting),
    );
    this.#reach = this.#first.to - this.#first.from + 2 * DAY;
    const ruleEnd = event.repeats === null ? this.#first.to : (event.repeats.lastDay + 2) * DAY + this.#reach;
    this.last = Math.max(ruleEnd, ...this.#more.map((each) => each.to));
  }

  /** Those of its times that lie within, at least in part. */
  within(from: number, to: number): Busy[] {
    if (from > this.last) return [];
    const lies = (each: Busy): boolean => each.from < to && each.to > from;
    const found = this.#more.filter((each) => lies(each) && !this.#isExcept(each.from));
    const { repeats, start } = this.#event;
    if (repeats === null)
      return lies(this.#first) && !this.#isExcept(this.#first.from) ? [this.#first, ...found] : found;
    const first = Math.floor((from - this.#reach) / DAY) - 1;
    for (const local of repeats.between(first, Math.floor(to / DAY) + 1)) {
      const each = this.#repeated({ ...start, local });
      if (each.from <= this.#until && lies(each) && !this.#isExcept(each.from)) found.push(each);
    }
    return found;
  }

  /** Another time of the event: where the end is given, as many milliseconds long as the first; else as long on the wall clock. */
  #repeated(start: Moment): Busy {
    const { lasting } = this.#event;
    if (!("end" in lasting)) return this.#lasting(start, lasting);
    const from = this.#moment(start);
    if (start.kind === "date") {
      const days = lasting.end.local - this.#event.start.local;
      return { from, to: momentOf(this.#zone, start.local + days), summary: this.#event.summary };
    }
    return { from, to: from + this.#first.to - this.#first.from, summary: this.#event.summary };
  }

  #lasting(start: Moment, lasting: Lasting): Busy {
    const from = this.#moment(start);
    const { summary } = this.#event;
    if ("end" in lasting) return { from, to: this.#moment(lasting.end), summary };
    const zone = start.zone ?? this.#own;
    const end = lasting.days === 0 ? from : momentOf(zone, start.local + lasting.days * DAY);
    return { from, to: end + lasting.ms, summary };
  }

  #isExcept(from: number): boolean {
    if (this.#except.has(from)) return true;
    if (this.#exceptDays.size === 0) return false;
    return this.#exceptDays.has(Math.floor((from + this.#zone.offsetAt(from)) / DAY) * DAY);
  }

  #moment({ local, zone }: Moment): number {
    return momentOf(zone ?? this.#own, local);
  }
}

/** At which the last of it begins at the latest, where its rule says so in UTC. Of whole days, midnight there is meant as the day. */
function lastMoment({ rule, start }: CalendarEvent, zone: Zone): number {
  const until = rule?.until;
  if (until?.kind !== "utc") return Number.POSITIVE_INFINITY;
  return start.kind === "date" && until.local % DAY === 0 ? momentOf(zone, until.local) : until.local;
}
