import type { Executors } from "../registry.ts";
import { cql } from "./cql.ts";
import { push } from "./push.ts";
import { put } from "./put.ts";
import { repair } from "./repair.ts";
import { run } from "./run.ts";
import { socket } from "./socket.ts";
import { unit } from "./unit.ts";
import { wait } from "./wait.ts";

/** One executor for each kind of action. */
export const executors: Executors = { run, put, push, unit, socket, cql, repair, wait };
