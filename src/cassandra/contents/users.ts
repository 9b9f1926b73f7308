import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { closest } from "../../base/suggest.ts";
import { identifier, literal, secretLiteral } from "../cql-text.ts";
import { DEFAULT_SUPERUSER, ownSuperuser, passwordOf } from "../logins.ts";
import type { Keyspace } from "../ring/model.ts";
import { dropPart, userPart, type Replicas, type RingContent, type SetupPart } from "../setup.ts";
import type { Change, ContentPlan } from "./change.ts";
import { placementProblems } from "./data-centres.ts";
import { differenceOf } from "./difference.ts";
import { loginChanges, LOGINS, usualLoginReplicas } from "./login-replicas.ts";
import { rightsChanges } from "./rights.ts";
import type { SeenRights, SeenUser } from "./seen-users.ts";

/** What the services file says of the users, and what the ring has. */
export interface UsersRequest {
  content: RingContent;
  seen: {
    users: readonly SeenUser[];
    rights: readonly SeenRights[];
    keyspaces: readonly Keyspace[];
    /** Nodes by data centre. */
    nodes: Replicas;
    /** Users of the services file who cannot log in with the password of their secret. */
    refused: readonly string[];
  };
  /** Users whom programs of the services file log in as. */
  inUse: readonly string[];
}

/**
 * What brings users and their rights in line with the services file: first the replicas of the logins, then users, then rights,
 * and at last, when a superuser of the file has logged in and nobody is logged in as them, the users that are to go.
 * Users that the file does not name are left alone. Throws an OperatorError (exit 3) with every reason why it cannot be.
 */
export function planUsers(request: UsersRequest): ContentPlan {
  const { content, seen } = request;
  const wanted = content.replication[LOGINS] ?? usualLoginReplicas(seen.keyspaces, seen.nodes);
  const problems = [
    ...placementProblems(LOGINS, wanted, seen.nodes),
    ...keyspaceProblems(request),
    ...dropProblems(request),
  ];
  if (problems.length > 0) throw impossible(problems);
  const logins = differenceOf(seen.keyspaces, LOGINS, wanted).flatMap(difference =>
    loginChanges(difference, seen.nodes),
  );
  const users = Object.keys(content.users).flatMap(name => userChanges(request, name));
  const rights = rightsChanges(content, seen.rights);
  const drops = unwantedUsers(request);
  const own = ownSuperuser(content) ?? "";
  return {
    parts: [
      ...(logins.length === 0 ? [] : [WHOLE_RING]),
      ...logins,
      ...users,
      ...rights,
      ...(drops.length === 0 ? [] : [{ kind: "login", title: `log in as ${own}`, user: own } as const]),
      ...drops.flatMap(dropChanges),
    ],
    notes: [...membershipNotes(request), ...unnamedNotes(request)],
    next: [],
  };
}

const WHOLE_RING = { kind: "ring", title: "see the whole ring with one schema" } as const;

function userChanges({ content, seen }: UsersRequest, name: string): Change[] {
  const superuser = content.users[name]?.superuser === true;
  const user = seen.users.find(one => one.name === name);
  if (user === undefined)
    return [change(name, userPart(name, superuser), ["absent", describeUser(superuser)])];
  const role = identifier(name);
  const query = `SELECT is_superuser, can_login FROM system_auth.roles WHERE role = ${literal(name)}`;
  const changes: Change[] = [];
  const alter = (
    title: string,
    words: Change["statements"][number],
    more: Pick<Change, "before" | "after" | "done">,
  ) =>
    changes.push({ ...shared(name), ...more, title, statements: [[`ALTER ROLE ${role} WITH `, ...words]] });
  if (user.superuser !== superuser) {
    alter(`make ${name} ${describeUser(superuser)}`, [`SUPERUSER = ${superuser}`], {
      before: describeUser(user.superuser),
      after: describeUser(superuser),
      done: { query, rows: `"is_superuser":${superuser}` },
    });
  }
  if (!user.mayLogIn) {
    const after = {
      before: "may not log in",
      after: "may log in",
      done: { query, rows: '"can_login":true' },
    };
    alter(`let ${name} log in`, ["LOGIN = true"], after);
  }
  if (seen.refused.includes(name)) {
    alter(`give ${name} the password of its secret`, ["PASSWORD = ", ...secretLiteral(passwordOf(name))], {
      before: user.mayLogIn ? "another password" : "a password that was not tried",
      after: "the password of its secret",
      done: { login: name },
    });
  }
  return changes;
}

function shared(name: string): Pick<Change, "kind" | "subject" | "consistency" | "asOwnSuperuser"> {
  return { kind: "change", subject: `user ${name}`, consistency: "quorum", asOwnSuperuser: false };
}

function change(name: string, part: SetupPart, [before, after]: readonly [string, string]): Change {
  return { kind: "change", subject: `user ${name}`, before, after, ...part };
}

function dropChanges(user: SeenUser): ContentPlan["parts"] {
  const { name, superuser } = user;
  return [
    { kind: "nobody", title: `see that nobody is logged in as ${name}`, user: name },
    change(name, dropPart(name), [describeUser(superuser), "absent"]),
  ];
}

function describeUser(superuser: boolean): string {
  return superuser ? "a superuser" : "a user";
}

function unwantedUsers({ content, seen }: UsersRequest): SeenUser[] {
  return seen.users.filter(
    ({ name }) => content.dropUsers.includes(name) && content.users[name] === undefined,
  );
}

/** Rights on a keyspace that is not there cannot be given. */
function keyspaceProblems({ content, seen }: UsersRequest): string[] {
  const names = seen.keyspaces.map(({ name }) => name);
  return Object.entries(content.users).flatMap(([user, { grant }]) =>
    Object.keys(grant)
      .filter(keyspace => !names.includes(keyspace))
      .map(keyspace => {
        const near = closest(keyspace, names);
        const advice =
          near === undefined ? "smc replication apply  makes those of the file" : `did you mean ${near}?`;
        return `${user}: the ring has no keyspace ${keyspace}; ${advice}`;
      }),
  );
}

/** A program must not lose its login, and nobody the last way in. */
function dropProblems(request: UsersRequest): string[] {
  const { content, inUse } = request;
  const own = ownSuperuser(content);
  return unwantedUsers(request).flatMap(({ name }) => {
    if (inUse.includes(name))
      return [`${name} is to be dropped, and programs of the services file log in as ${name}`];
    if (own === undefined)
      return [`${name} is to be dropped, and the services file names no superuser who could do it`];
    return [];
  });
}

function membershipNotes({ content, seen }: UsersRequest): string[] {
  return seen.users
    .filter(({ name, memberOf }) => content.users[name] !== undefined && memberOf.length > 0)
    .map(({ name, memberOf }) => `${name} has the rights of ${memberOf.join(", ")} too, left alone`);
}

function unnamedNotes(request: UsersRequest): string[] {
  const { content, seen } = request;
  const going = unwantedUsers(request);
  const others = seen.users.filter(user => content.users[user.name] === undefined && !going.includes(user));
  if (others.length === 0) return [];
  const names = others.map(({ name }) => name);
  const advice = names.includes(DEFAULT_SUPERUSER)
    ? `; drop_users: [${DEFAULT_SUPERUSER}] drops the one that every ring begins with`
    : "";
  return [`in the ring and not in the services file, left alone: ${names.join(", ")}${advice}`];
}

function impossible(details: readonly string[]): OperatorError {
  return new OperatorError("users and rights cannot become so: nothing was touched", {
    code: "USERS_IMPOSSIBLE",
    exit: ExitCode.Refused,
    details,
    hint: "users:, drop_users: and replication: in the services file say what is wanted",
  });
}
