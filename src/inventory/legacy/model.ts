import type { Offset } from "../source/value.ts";
import type { PythonValue } from "./python/value.ts";

/** One line of an old `hosts` file: an address and its names, the canonical one last. */
export interface HostLine {
  address: string;
  names: readonly string[];
  /** The comment at its end. */
  remark: string;
  at: Offset;
}

/** An option with the place of its value. */
export interface Option {
  value: PythonValue;
  at: Offset;
}

/** Options of a row or of a section, in the order written. */
export type Options = ReadonlyMap<string, Option>;

/** `hub {'id':'0', 'port':'5000'}`: a name, tag or address, and options. */
export interface Row {
  query: string;
  options: Options;
  at: Offset;
}

/** `[hub] {…}` with its rows. */
export interface Section {
  name: string;
  options: Options;
  rows: readonly Row[];
  at: Offset;
}

/** A host under the name that it keeps. */
export interface LegacyHost {
  name: string;
  address: string;
  /** Its other names in the order written: groups, most of them shared with other hosts. */
  tags: readonly string[];
  remark: string;
  at: Offset;
}

/** A row of `[vm]` or `[vmgce]`. */
export interface LegacyVm {
  host: LegacyHost;
  machine: LegacyHost;
  kind: "vm" | "vmgce";
  options: Options;
  at: Offset;
}

/** One of a service on one host, with the options that counted: those of the section went over those of the row. */
export interface LegacyInstance {
  service: string;
  host: LegacyHost;
  id: number;
  options: Options;
  at: Offset;
}

/** What the old parser made of the two files. */
export interface LegacySite {
  /** In the order of the file. */
  hosts: readonly LegacyHost[];
  vms: readonly LegacyVm[];
  /** By service, in the order of the file; services without rows are in it. */
  services: ReadonlyMap<string, readonly LegacyInstance[]>;
  /** The words that the rows of a service used for its hosts. */
  queries: ReadonlyMap<string, readonly string[]>;
}
