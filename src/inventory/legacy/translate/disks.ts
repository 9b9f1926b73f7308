import { compact, type Plain, type PlainMap } from "../plain.ts";

/**
 * Reads the disks of a VM, `NAME:GIGABYTES[:FILE SYSTEM[:FORMAT]]` with commas between: `cassandra:256`,
 * `bup:1024:none:qcow2`, `/dev/sdd1::none` for a block device of the machine. Gives undefined when the text is none.
 */
export function parseDisks(text: string): PlainMap | undefined {
  const disks = new Map<string, Plain>();
  for (const part of text.split(",").map(word => word.trim())) {
    if (part === "") continue;
    const [path = "", size = "", fs = "", format = "", ...others] = part.split(":").map(word => word.trim());
    const gigabytes = /^(\d+(?:\.\d+)?)(?:GB?)?$/i.exec(size)?.[1];
    const isDevice = path.startsWith("/dev/");
    if (path === "" || others.length > 0 || (gigabytes === undefined && (size !== "" || !isDevice)))
      return undefined;
    const said = compact({
      size: gigabytes === undefined ? undefined : `${gigabytes}GB`,
      fs: fs === "" ? undefined : fs,
      format: format === "" ? undefined : format,
      device: isDevice ? path : undefined,
    });
    const [only, ...more] = Object.keys(said);
    const short = only === "size" && more.length === 0;
    disks.set(
      freeName(isDevice ? path.replace(/^.*\//, "") : path, disks),
      short ? (said["size"] ?? said) : said,
    );
  }
  return Object.fromEntries(disks);
}

function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}-${count}`;
  return free;
}
