import type { Probers } from "../registry.ts";
import { all } from "./all.ts";
import { any } from "./any.ts";
import { command } from "./command.ts";
import { cql } from "./cql.ts";
import { everywhere } from "./everywhere.ts";
import { http } from "./http.ts";
import { layout } from "./layout.ts";
import { newest } from "./newest.ts";
import { noRepair } from "./no-repair.ts";
import { ports } from "./ports.ts";
import { ring } from "./ring.ts";
import { socket } from "./socket.ts";
import { streamed } from "./streamed.ts";
import { tcp } from "./tcp.ts";
import { unit } from "./unit.ts";

/** One prober for each kind of probe. */
export const probers: Probers = {
  unit,
  command,
  tcp,
  http,
  cql,
  ring,
  streamed,
  "no-repair": noRepair,
  layout,
  newest,
  ports,
  socket,
  all,
  any,
  everywhere,
};
