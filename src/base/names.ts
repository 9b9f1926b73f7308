/** The name of a machine or VM as the services file has it, `web3`. */
export type HostName = string;

/** `cassandra`, `hub`, … or the name of a custom service. */
export type ServiceName = string;

/** One site: `cloud`, `storm`, `local`. */
export type DeploymentName = string;

/** One instance: `hub0@web3`; the id is empty where a host has only one of the service, `cassandra@cassandra1`. */
export type InstanceName = string;

/** The name of a secret inside its deployment, a relative path below `secrets/DEPLOYMENT/`: `cassandra/hub`. */
export type SecretName = string;
