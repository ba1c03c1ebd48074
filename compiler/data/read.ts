/** The readers of data files by format. */
import { parseCsv } from "./csv.ts";
import type { DataFormat } from "./file.ts";
import { parseJson } from "./json.ts";
import type { DataRead } from "./node.ts";

/** Gives a node or faults, and never throws for what people write. */
export type DataReader = (text: string) => DataRead;

/** YAML is the host's to bring (`yaml.ts`): its parser is large, and most projects need none. */
export type DataReaders = Readonly<Partial<Record<DataFormat, DataReader>>>;

export const READERS: DataReaders = { json: parseJson, csv: parseCsv };
