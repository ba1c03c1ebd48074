/** The readers of data files by format. */
import { parseCsv } from "./csv.ts";
import type { DataFormat } from "./file.ts";
import { parseJson } from "./json.ts";
import type { DataFault, DataRead } from "./node.ts";

/** Gives a node or faults, and never throws for what people write. */
export type DataReader = (text: string) => DataRead;

/** What is wrong with an iCalendar file. Never throws for what people write. */
export type CalendarReader = (text: string) => readonly DataFault[];

/**
 * Readers of YAML (`yaml.ts`) and calendars (`window/ical/calendar.ts`) are the host's to bring: most projects need
 * neither.
 */
export type DataReaders = Readonly<Partial<Record<DataFormat, DataReader>>> & { readonly calendar?: CalendarReader };

export const READERS: DataReaders = { json: parseJson, csv: parseCsv };
