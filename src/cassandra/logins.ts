import type { CqlEndpoint, CqlLogin } from "../plan/model.ts";

/** What the services file says of who may log in. */
export interface LoginSettings {
  auth: "none" | "password";
  users: Readonly<Record<string, { superuser: boolean }>>;
}

/** The superuser that every new ring has, with a password that everybody knows. */
export const DEFAULT_SUPERUSER = "cassandra";

/** How smc logs in to do its own work: as a superuser of the services file, else as the one of a new ring. */
export function administratorLogins(settings: LoginSettings): readonly CqlLogin[] {
  if (settings.auth === "none") return [];
  return [...ownLogins(settings), { user: DEFAULT_SUPERUSER, password: { text: DEFAULT_SUPERUSER } }];
}

/** The logins of the superusers that the services file names: a second one lets smc in while the password of the first changes. */
export function ownLogins({ users }: LoginSettings): readonly CqlLogin[] {
  return Object.keys(users)
    .filter(name => users[name]?.superuser === true)
    .map(loginOf);
}

/** The login of a user of the services file, with the password of its secret. */
export function loginOf(user: string): CqlLogin {
  return { user, password: { secret: passwordOf(user) } };
}

/** The first superuser of the services file, if it names one. */
export function ownSuperuser({ users }: LoginSettings): string | undefined {
  return Object.entries(users).find(([, user]) => user.superuser)?.[0];
}

/** The secret that holds the password of a database user. */
export function passwordOf(user: string): string {
  return `cassandra/${user}`;
}

/** The CQL endpoint of one node, with the logins of an administrator. */
export function administratorEndpoint(address: string, port: number, settings: LoginSettings): CqlEndpoint {
  return { address, port, logins: administratorLogins(settings) };
}
