import type { SiteWords } from "./support.ts";

/** Two data centres with a database, two web hosts and a front each; ten before two in the file, to see the order. */
export const CLOUD: SiteWords = {
  hosts: {
    cloud10: { address: "10.1.10.1", dc: "DC0" },
    cloud2: { address: "10.1.2.1", dc: "DC0" },
    cloud3: { address: "10.1.3.1", dc: "DC1" },
    cassandra10: { address: "10.1.10.2", dc: "DC0" },
    cassandra2: { address: "10.1.2.2", dc: "DC0" },
    cassandra3: { address: "10.1.3.2", dc: "DC1" },
    web10: { address: "10.1.10.3", dc: "DC0" },
    web2: { address: "10.1.2.3", dc: "DC0" },
    web3: { address: "10.1.3.3", dc: "DC1" },
    compute2a: { address: "10.1.2.4", dc: "DC0" },
  },
  services: {
    cassandra: { at: ["cassandra10", "cassandra2", "cassandra3"], settings: { auth: "password" } },
    stunnel: { at: ["cloud10", "cloud2", "cloud3"], settings: { run_as: "root" } },
    haproxy: { at: ["cloud10", "cloud2", "cloud3"], settings: { run_as: "root", redirect_http: true } },
    nginx: { at: ["web10", "web2", "web3"] },
    hub: { at: ["web10", "web2", "web3"], instances: 2, settings: { keyspace: "salvus" } },
    snap: { at: ["web10", "web2"], settings: { dir: "/mnt/snap/snap0", interval: "4m", keyspace: "salvus" } },
    compute: { at: ["compute2a"], settings: { status: "no-new-projects", note: "old" } },
  },
};

/** One machine, everything on it as the user at the keyboard, below a prefix. */
export const PROJECT: SiteWords = {
  transport: "local",
  baseUrl: "/1a2b/port/8400",
  hosts: { localhost: { address: "127.0.0.1", dc: "DC0" } },
  services: {
    cassandra: { at: ["localhost"] },
    haproxy: { at: ["localhost"], settings: { insecure_testing_port: 8001 } },
    nginx: { at: ["localhost"] },
    hub: { at: ["localhost"], instances: 1, settings: { all_projects_local: true } },
    snap: { at: ["localhost"], settings: { interval: "2m" } },
  },
};
