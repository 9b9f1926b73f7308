import type { Problem } from "../model.ts";
import { Problems } from "../problems.ts";
import { Placement } from "./emit/placement.ts";
import type { ServiceDraft } from "./emit/service-entry.ts";
import { writeServicesFile } from "./emit/services-file.ts";
import { expandSite } from "./expand.ts";
import { HostQueries } from "./host-query.ts";
import { readHostsFile, type PlaceRemark } from "./hosts-file.ts";
import type { LegacySite } from "./model.ts";
import { Notes } from "./notes.ts";
import { compact, mostCommon, type PlainMap } from "./plain.ts";
import { readServicesFile } from "./services-file.ts";
import type { Settings } from "./settings.ts";
import type { SiteFacts, TranslateContext } from "./translate/context.ts";
import { dataCentresOf, type DataCentres } from "./translate/data-centres.ts";
import { isLoopback, translateHosts, type HostDrafts } from "./translate/hosts.ts";
import { overcommitOf } from "./translate/overcommit.ts";
import { choosePorts, portsEntry, type PortBlock } from "./translate/ports.ts";
import { settingsByHost, translateServices, type TranslatedService } from "./translate/services.ts";
import { tagsOf } from "./translate/tags.ts";

/** One file: its path as it is shown in messages, and its text. */
export interface SourceFile {
  file: string;
  text: string;
}

export interface ImportRequest {
  hosts: SourceFile;
  services: SourceFile;
  /** What the site is called. */
  deployment: string;
  /** The values of `--set`. */
  settings: Settings;
  /** The folder as the head of the file names it. */
  from: string;
}

export interface ImportResult {
  /** The services file; undefined when there is an error. */
  text: string | undefined;
  /** All that is wrong or looks wrong, the hosts file first. */
  problems: readonly Problem[];
  /** What was left out or taken for granted, also in the comment at the head of the file. */
  notes: readonly string[];
  counts: { hosts: number; vms: number; instances: number; switchedOff: number };
}

/**
 * Turns an old pair of `hosts` and `services` into a services file: what the old parser expanded from them is what the
 * loader expands from the result. Pure, and nothing in the files is executed.
 */
export function importSite(request: ImportRequest): ImportResult {
  const hostProblems = new Problems(request.hosts.file, request.hosts.text);
  const problems = new Problems(request.services.file, request.services.text);
  const { lines, places } = readHostsFile(request.hosts.text, hostProblems);
  const options = { problems, settings: request.settings };
  const { sections, switchedOff } = readServicesFile(request.services.text, options);
  const failed = () => hostProblems.hasErrors() || problems.hasErrors();
  const all = () => [...hostProblems.list(), ...problems.list()];
  // Rows that name a host whose line could not be read would only repeat the trouble.
  const site = expandSite(lines, sections, hostProblems.hasErrors() ? new Problems("", "") : problems);
  const instances = [...site.services.values()].reduce((sum, own) => sum + own.length, 0);
  const counts = { hosts: site.hosts.length, vms: site.vms.length, instances, switchedOff };
  if (failed()) return { text: undefined, problems: all(), notes: [], counts };
  const notes = new Notes();
  if (switchedOff > 0) notes.add(`rows that were commented out are left out: ${switchedOff}`);
  const context = contextOf(site, { problems, notes });
  const text = writeSite(site, { request, places, context });
  return { text: failed() ? undefined : text, problems: all(), notes: notes.list(), counts };
}

function contextOf(
  site: LegacySite,
  { problems, notes }: { problems: Problems; notes: Notes },
): TranslateContext {
  const facts: SiteFacts = { sites: [], baseUrls: [], topology: new Map(), seeds: [] };
  return { problems, notes, queries: new HostQueries(site.hosts, problems), facts };
}

interface SiteRequest {
  request: ImportRequest;
  places: ReadonlyMap<string, PlaceRemark>;
  context: TranslateContext;
}

function writeSite(site: LegacySite, { request, places, context }: SiteRequest): string {
  const { notes, facts } = context;
  const services = translateServices(site, context);
  const dataCentres = dataCentresOf(site, facts, { places, notes });
  const tags = tagsOf(site, dataCentres, notes);
  const busy = new Set(services.flatMap(({ instances }) => instances.map(({ host }) => host)));
  const hosts = translateHosts(site, { dataCentres, tags, places, busy }, context);
  const block = choosePorts(services.flatMap(({ instances }) => instances));
  const isLocal = site.hosts.length > 0 && site.hosts.every(isLoopback);
  const drafts = services.map(
    service => [service.name, draftOf(service, { site, hosts, block, dataCentres, context })] as const,
  );
  return writeServicesFile({
    deployment: request.deployment,
    settings: deploymentSettings({ hosts, block, isLocal, context }),
    isLocal,
    hosts,
    services: new Map(drafts),
    comments: [`Imported from ${request.from} by smc import.`, ...notes.list()],
  });
}

interface DraftContext {
  site: LegacySite;
  hosts: HostDrafts;
  block: PortBlock;
  dataCentres: DataCentres;
  context: TranslateContext;
}

function draftOf(service: TranslatedService, draft: DraftContext): ServiceDraft {
  const { hosts, block, context } = draft;
  const settings = settingsByHost(service, block, context);
  const names = [...settings.keys()];
  const placement = new Placement(hosts);
  return {
    at: names.length === 0 ? "@all" : placement.describe(names, service.queries),
    hosts: settings,
    group: groupSettings(service.name, draft),
  };
}

/**
 * The old tool gave every hub all nodes and every haproxy all hubs, wherever they were, until data centres had tags of
 * their own; smc stays in the data centre unless it is told otherwise.
 */
function groupSettings(service: string, { site, dataCentres, context }: DraftContext): PlainMap {
  const { facts } = context;
  if (service === "cassandra") return compact({ seeds: [...new Set(facts.seeds)] });
  const byTag = site.hosts.some(({ tags }) => tags.some(tag => /^dc\d+$/i.test(tag)));
  const spread = new Set(site.hosts.map(({ name }) => dataCentres.get(name))).size > 1;
  if (byTag || !spread) return {};
  if (service === "haproxy") return { backends: "all" };
  return service === "hub" || service === "snap" ? { database: "all" } : {};
}

function deploymentSettings({
  hosts,
  block,
  isLocal,
  context,
}: {
  hosts: HostDrafts;
  block: PortBlock;
  isLocal: boolean;
  context: TranslateContext;
}): PlainMap {
  const { facts, notes } = context;
  const overcommit = overcommitOf(hosts);
  const site = mostCommon(facts.sites);
  const baseUrl = mostCommon(facts.baseUrls);
  if (new Set(facts.sites).size > 1) notes.add(`the rows name several sites; ${site} is taken`);
  if (new Set(facts.baseUrls).size > 1) notes.add(`the rows name several base_urls; ${baseUrl} is taken`);
  if (Object.keys(overcommit).length > 0)
    notes.add("overcommit: is what the rows ask for beyond the hardware in the comments");
  return compact({
    site,
    transport: isLocal ? "local" : undefined,
    base_url: baseUrl,
    ports: portsEntry(block),
    overcommit,
  });
}
