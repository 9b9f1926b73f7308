import { OperatorError } from "../base/operator-error.ts";
import type { Deployment, SmokeTest } from "../inventory/model.ts";
import type { Probe } from "../plan/model.ts";
import type { InstanceContext } from "./model.ts";
import { commonValues } from "./program.ts";
import { commandWords, fill } from "./template.ts";

/** The smoke tests of a deployment that somebody is asked: of services with an instance there. */
export function askedTests({ smoke = [], instances }: Pick<Deployment, "smoke" | "instances">): SmokeTest[] {
  const services = new Set(instances.map(({ service }) => service));
  return smoke.filter(({ of }) => services.has(of));
}

/**
 * What a smoke test asks of one instance, with the placeholders of its files; `{port}` is the port that it is asked on. Throws an
 * OperatorError with the name of the test for a port that the instance does not have and for unknown placeholders.
 */
export function smokeProbe(test: SmokeTest, context: InstanceContext<unknown>): Probe {
  try {
    return probeOf(test, context);
  } catch (cause) {
    if (!(cause instanceof OperatorError)) throw cause;
    const { code, hint } = cause;
    throw new OperatorError(`the smoke test "${test.name}": ${cause.message}`, {
      code,
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function probeOf({ question }: SmokeTest, context: InstanceContext<unknown>): Probe {
  const { instance, host } = context;
  if (question.kind === "command") {
    const [port] = Object.values(instance.ports);
    const values = { ...commonValues(context), ...(port === undefined ? {} : { port }) };
    const command = typeof question.command === "string" ? question.command : [...question.command];
    return { kind: "command", argv: commandWords(command, values) };
  }
  const port = question.port === undefined ? Object.values(instance.ports)[0] : instance.ports[question.port];
  if (port === undefined) {
    throw new OperatorError(
      `${instance.name} is asked on ${question.port === undefined ? "a port" : `the port "${question.port}"`}, and it has none`,
      {
        code: "PORT_UNKNOWN",
        hint: `its ports are ${Object.keys(instance.ports).join(", ") || "none: ask with command:"}`,
      },
    );
  }
  const values = { ...commonValues(context), port };
  const { path, status, body, headers } = question;
  const filled = Object.entries(headers).map(([key, text]) => [key, fill(text, values)] as const);
  return {
    kind: "http",
    address: host.address,
    port,
    path: fill(path, values),
    status,
    ...(filled.length === 0 ? {} : { headers: Object.fromEntries(filled) }),
    ...(body === undefined ? {} : { body }),
  };
}
