import type { InstanceContext, RenderedInstance } from "../model.ts";
import { placesOf } from "../places.ts";
import { proxiesWithSpare, serverName, type Backends } from "./backends.ts";

/** The socket for orders and questions (haproxy's Management Guide, section 9.3). */
export function adminSocket(run: string): string {
  return `${run}/admin.sock`;
}

/**
 * How to take an instance out at each haproxy in front of it and to put it back. `maint` rather than `drain`, because a
 * draining server still gets the clients whose cookie names it, and would never be free of them; requests under way end
 * in either state. Where an instance is the only one of its backend nothing is taken out: haproxy then holds requests
 * for the seconds of a restart, instead of refusing them.
 */
export function proxiesInFront(
  context: InstanceContext<unknown>,
  backends: readonly (keyof Backends)[],
): NonNullable<RenderedInstance["traffic"]> {
  const server = serverName(context.instance);
  return proxiesWithSpare(context).map(proxy => {
    const socket = adminSocket(placesOf(context, proxy).run);
    const set = (state: string): { kind: "socket"; socket: string; send: string; expect: string } => ({
      kind: "socket",
      socket,
      send: backends.map(backend => `set server ${backend}/${server} state ${state}`).join("; "),
      expect: String.raw`^\s*$`,
    });
    return {
      proxy: proxy.name,
      out: set("maint"),
      drained: {
        kind: "socket",
        socket,
        send: backends.map(backend => `show servers conn ${backend}`).join("; "),
        expect: backends.map(backend => unusedPattern(`${backend}/${server}`)).join(String.raw`[\s\S]*`),
      },
      back: set("ready"),
    };
  });
}

/**
 * A line of `show servers conn` (section 9.3 of the Management Guide: name, ids, address, port, `-`, purge delay, then
 * the connections in use) with none in use.
 */
function unusedPattern(server: string): string {
  return `${server.replaceAll(".", String.raw`\.`)} \\S+ \\S+ \\d+ - \\d+ 0 `;
}
