import { Chalk, type ChalkInstance } from "chalk";
import type { Output, ReportSurroundings } from "./model.ts";

interface Surroundings {
  io: Pick<ReportSurroundings["io"], "env">;
  global: Pick<ReportSurroundings["global"], "color">;
}

/**
 * Colours for one stream. None with `--no-color`, with NO_COLOR (any text, https://no-color.org), with TERM=dumb
 * and off a terminal; FORCE_COLOR gives them off a terminal too. chalk by itself does not know NO_COLOR.
 */
export function createColors(stream: Output, { io, global }: Surroundings): ChalkInstance {
  return new Chalk({ level: wantsColor(stream, io.env, global.color) ? 1 : 0 });
}

function wantsColor(stream: Output, env: ReportSurroundings["io"]["env"], color: boolean): boolean {
  const { NO_COLOR: no = "", FORCE_COLOR: force = "", TERM: terminal } = env;
  if (!color || no !== "") return false;
  if (force !== "") return force !== "0";
  return stream.isTTY === true && terminal !== "dumb";
}
