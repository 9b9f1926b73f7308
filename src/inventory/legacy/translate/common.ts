import type { HostQueries } from "../host-query.ts";
import type { PlainMap } from "../plain.ts";
import { compact } from "../plain.ts";
import { kindOf, type PythonValue } from "../python/value.ts";
import type { TranslateContext } from "./context.ts";
import type { OptionReader } from "./options.ts";

/** The deadline of a start or stop in smc; shorter ones of the old tool were those of one command over ssh. */
const SMC_DEADLINE = 60;

/**
 * What the old tool took out of the options of any service. It looked only whether `sudo` was there, so that
 * `'sudo': False` ran as root; here the value counts, as its author meant it.
 */
export function commonSettings(
  options: OptionReader,
  section: string,
  { notes }: TranslateContext,
): PlainMap {
  const sudo = options.flag("sudo");
  if (sudo === false)
    notes.add(`${section}: 'sudo': False is taken at its word; the old tool ran it as root all the same`);
  const timeout = options.number("timeout");
  const deadline = timeout !== undefined && timeout > SMC_DEADLINE ? `${timeout}s` : undefined;
  if (timeout !== undefined && deadline === undefined)
    notes.add(`${section}: 'timeout': ${timeout} is left out, the deadlines of smc are longer`);
  options.ignore("id");
  return compact({
    run_as: sudo === true ? "root" : undefined,
    timeouts: deadline === undefined ? undefined : { start: deadline, stop: deadline },
  });
}

/** A path prefix as the services file has it, without the slash at its end. */
export function readBaseUrl(options: OptionReader, { facts }: TranslateContext): void {
  const url = options.text("base_url")?.replace(/\/+$/, "");
  if (url !== undefined && url !== "") facts.baseUrls.push(url);
}

/**
 * The hosts that a list of servers names: `10.3.1.3:9160,10.3.1.4:9160`, a list of these, or dictionaries with `ip` or
 * `host` in them. Undefined when one of them is not in the hosts file.
 */
export function hostsOfServers(value: PythonValue, queries: HostQueries): readonly string[] | undefined {
  const names = addressesIn(value).map(address => queries.one(address)?.name);
  const known = names.filter(name => name !== undefined);
  return known.length === names.length && known.length > 0 ? [...new Set(known)] : undefined;
}

function addressesIn(value: PythonValue): readonly string[] {
  if (typeof value === "string") {
    return value
      .split(/[\s,]+/)
      .map(server => server.replace(/:\d+$/, ""))
      .filter(server => server !== "");
  }
  if (typeof value !== "object" || value === null || value.kind === "json") return [kindOf(value)];
  if (value.kind !== "dictionary") return value.items.flatMap(addressesIn);
  const server = value.entries.get("ip") ?? value.entries.get("host") ?? value.entries.get("address");
  return server === undefined ? [kindOf(value)] : addressesIn(server);
}
