import type { HostName } from "../base/names.ts";
import type { Milliseconds } from "../base/units.ts";
import { createColors } from "./colors.ts";
import { wholeSeconds } from "./describe.ts";
import type { Rows } from "./listr-rows.ts";
import type { ReportSurroundings } from "./model.ts";

/** Answers that come sooner need no display. */
const APPEARS_AFTER: Milliseconds = 700;
/** Off a terminal the first line comes after this long, and each further one when the wait has doubled. */
const FIRST_TOLD: Milliseconds = 10_000;
const ROW = "waiting";

/** Tells that hosts are being asked, and which of them have not answered. */
export interface Waiting {
  begin(host: HostName): void;
  end(host: HostName): void;
  /** Takes the display away. */
  close(): Promise<void>;
}

/**
 * Shows on stderr how many of `total` hosts have answered, and which one is the slowest: a row that goes away on a
 * terminal, a line at growing intervals elsewhere, nothing with `--json` and `-q`. Short waits show nothing at all.
 */
export function showWaiting(surroundings: ReportSurroundings, title: string, total: number): Waiting {
  const { io, global } = surroundings;
  const silent = global.json || global.quiet;
  const begun = new Map<HostName, number>();
  let answered = 0;
  const text = () => describeWaiting({ title, total, answered, begun }, Date.now());
  const display = silent
    ? undefined
    : io.stderr.isTTY === true && io.env["TERM"] !== "dumb"
      ? drawRow
      : tellLines;
  const close = display?.(surroundings, text);
  return {
    begin: host => void begun.set(host, Date.now()),
    end: host => {
      begun.delete(host);
      answered += 1;
    },
    close: async () => close?.(),
  };
}

type Close = () => void | Promise<void>;

function drawRow(surroundings: ReportSurroundings, text: () => string): Close {
  let rows: Promise<Rows> | undefined;
  const timer = setTimeout(() => {
    rows = import("./listr-rows.ts").then(({ createRows }) =>
      createRows({
        names: [ROW],
        output: surroundings.io.stderr,
        colors: createColors(surroundings.io.stderr, surroundings),
        text: () => new Map([[ROW, text()]]),
        clear: true,
      }),
    );
  }, APPEARS_AFTER);
  return async () => {
    clearTimeout(timer);
    const shown = await rows;
    shown?.settle(ROW, true);
    await shown?.ended;
  };
}

function tellLines({ io }: ReportSurroundings, text: () => string): Close {
  let pause = FIRST_TOLD;
  let timer = setTimeout(tell, pause);
  function tell(): void {
    io.stderr.write(`${text()}\n`);
    timer = setTimeout(tell, pause);
    pause *= 2;
  }
  return () => clearTimeout(timer);
}

interface State {
  title: string;
  total: number;
  answered: number;
  begun: ReadonlyMap<HostName, number>;
}

/** `uptime: 97 of 100 hosts, waiting: web3 (12s) and 2 more` */
function describeWaiting({ title, total, answered, begun }: State, now: number): string {
  const [slowest] = begun;
  const counted = `${title}: ${answered} of ${total} ${total === 1 ? "host" : "hosts"}`;
  if (slowest === undefined) return counted;
  const [host, since] = slowest;
  const more = begun.size === 1 ? "" : ` and ${begun.size - 1} more`;
  return `${counted}, waiting: ${host} (${wholeSeconds(now - since)})${more}`;
}
