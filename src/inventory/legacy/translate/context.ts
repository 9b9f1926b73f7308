import type { Problems } from "../../problems.ts";
import type { HostQueries } from "../host-query.ts";
import type { LegacyInstance } from "../model.ts";
import type { Notes } from "../notes.ts";
import type { PlainMap } from "../plain.ts";
import type { OptionReader } from "./options.ts";

/** What one instance of the old file becomes. */
export interface InstanceDraft {
  host: string;
  id: number;
  /** Keys of the entry of its service, but for instances and ports. */
  settings: PlainMap;
  /** What it listens on, by the key of `ports:`. */
  ports: Readonly<Record<string, number>>;
}

export interface TranslateContext {
  problems: Problems;
  notes: Notes;
  queries: HostQueries;
  facts: SiteFacts;
}

/** What rows say of the whole site, collected on the way. */
export interface SiteFacts {
  /** Names that people open in a browser, one for each row that has one. */
  sites: string[];
  baseUrls: string[];
  /** Where the nodes of the database are, by host. */
  topology: Map<string, { dc: string; rack: string | undefined }>;
  seeds: string[];
}

/** Turns the options of one instance into the settings of its service. */
export type Translate = (
  options: OptionReader,
  instance: LegacyInstance,
  context: TranslateContext,
) => Pick<InstanceDraft, "settings" | "ports">;
