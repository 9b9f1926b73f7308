import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { ContentPlan } from "../cassandra/contents/change.ts";
import { readRights, readUsers, USER_QUERIES, type SeenUser } from "../cassandra/contents/seen-users.ts";
import { planUsers, type UsersRequest } from "../cassandra/contents/users.ts";
import { loginOf, passwordOf } from "../cassandra/logins.ts";
import { readKeyspaces, readPeers, readSelf, RING_QUERIES } from "../cassandra/ring/view.ts";
import type { RingContent } from "../cassandra/setup.ts";
import { CqlError } from "../engine/cql/failure.ts";
import { withCqlSession, type CqlSession } from "../engine/cql/session.ts";
import { ringContent } from "../services/cassandra/setup.ts";
import { databaseUsers } from "../services/database-client.ts";
import type { PlannedInstance } from "../services/planners/planned-instance.ts";
import { endpointOf } from "../services/planners/ring-endpoint.ts";
import { SecretFiles } from "../state/secret-files.ts";
import { askFirst, askForOneRelease, type RingAsk } from "./contents/ask-ring.ts";
import { carryOut } from "./contents/carry-out.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandRun } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { sessionFor } from "./ring/observe.ts";

/**
 * `smc users plan | apply`: compares the users of the services file, their rights and their passwords with those of the ring,
 * shows what differs, and changes it.
 */
export function users(apply: boolean): CommandRun<readonly [], unknown> {
  return async (context): Promise<ExitCode> => {
    const site = await loadSite(context, { secretsMayBeMissing: true });
    const content = ringContent(site.deployment);
    requireLogins(site, content);
    await requirePasswords(site, content);
    const transport = openTransport(context.io);
    try {
      const ask: RingAsk = { context, site, transport };
      if (apply) await askForOneRelease(ask);
      const { node, seen } = await askFirst(ask, async (session, node) => {
        return { node, seen: await look(ask, { session, node, content }) };
      });
      const planned = planUsers({ content, seen, inUse: databaseUsers(site.deployment) });
      const question = questionOf(planned, site);
      return await carryOut(ask, { content: planned, node, apply, ...question });
    } finally {
      await transport.close();
    }
  };
}

/** Dropping a user may lock somebody out whom the services file does not know. */
function questionOf({ parts }: ContentPlan, { deployment }: Site): { question?: string } {
  const dropped = parts.flatMap(part => (part.kind === "nobody" ? [part.user] : []));
  if (dropped.length === 0) return {};
  return { question: `drop ${dropped.join(", ")} from the database of ${deployment.name}?` };
}

async function look(
  ask: RingAsk,
  { session, node, content }: { session: CqlSession; node: PlannedInstance; content: RingContent },
): Promise<UsersRequest["seen"]> {
  const self = readSelf(await session.rows(RING_QUERIES.self, "one"));
  const peers = readPeers(await session.rows(RING_QUERIES.peers, "one"));
  const present = readUsers(await session.rows(USER_QUERIES.users, "quorum"));
  const byCentre = Map.groupBy([self, ...peers], ({ dc }) => dc);
  return {
    users: present,
    rights: readRights(await session.rows(USER_QUERIES.rights, "quorum")),
    keyspaces: readKeyspaces(await session.rows(RING_QUERIES.keyspaces, "one")),
    nodes: Object.fromEntries([...byCentre].map(([dc, members]) => [dc, members.length])),
    refused: await refusedUsers(ask, node, wantedOf(present, content)),
  };
}

function wantedOf(present: readonly SeenUser[], { users: wanted }: RingContent): readonly SeenUser[] {
  return present.filter(({ name }) => wanted[name] !== undefined);
}

/** Who cannot log in with the password that the secrets have; whoever may not log in at all is not tried. */
async function refusedUsers(
  ask: RingAsk,
  node: PlannedInstance,
  present: readonly SeenUser[],
): Promise<string[]> {
  const asked = present.map(async ({ name, mayLogIn }) =>
    mayLogIn && (await canLogIn(ask, node, name)) ? [] : [name],
  );
  return (await Promise.all(asked)).flat();
}

async function canLogIn(ask: RingAsk, node: PlannedInstance, user: string): Promise<boolean> {
  const endpoint = { ...endpointOf(node), logins: [loginOf(user)] };
  try {
    return await withCqlSession(sessionFor(ask, node), endpoint, () => Promise.resolve(true));
  } catch (error) {
    if (error instanceof CqlError && error.kind === "refused-login") return false;
    throw error;
  }
}

function requireLogins({ deployment }: Site, { auth }: RingContent): void {
  if (auth === "password") return;
  throw new OperatorError(`nobody logs in to the database of ${deployment.name}, so it has no users`, {
    code: "NO_LOGINS",
    exit: ExitCode.Refused,
    hint: "auth: password  in the services file, then smc restart cassandra",
  });
}

/** Without the password that is wanted, nobody can say whether a user has it. */
async function requirePasswords({ secretsFolder, deployment }: Site, content: RingContent): Promise<void> {
  const secrets = new SecretFiles(secretsFolder);
  const names = Object.keys(content.users).map(passwordOf);
  const there = await Promise.all(names.map(name => secrets.has(name)));
  const missing = names.filter((_, index) => there[index] !== true);
  if (missing.length === 0) return;
  throw new OperatorError(`${deployment.name} lacks passwords of its users: nothing was touched`, {
    code: "SECRET_MISSING",
    details: missing.map(name => `${name}: ${secrets.path(name)}`),
    hint: `smc -d ${deployment.name} secrets init  makes them up`,
  });
}
