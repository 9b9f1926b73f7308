/** Everything that the configuration of one nginx says. */
export interface NginxConfig {
  address: string;
  port: number;
  baseUrl: string;
  /** Folder of the static files. */
  staticFolder: string;
  /** Folder for its pid file and what it has no memory for. */
  run: string;
  pidFile: string;
  /** Master as root: the workers change to this account. */
  dropTo: string | undefined;
}

/** Bodies and answers that do not fit into memory; all in the run folder, so that nginx needs no root. */
export const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** Writes the configuration (nginx 1.22, nginx.org/en/docs). The same input always gives the same bytes. */
export function nginxConfig(config: NginxConfig): string {
  const { baseUrl, staticFolder } = config;
  const base = quote(`${baseUrl}/`);
  return `# Written by smc; a change made here is lost at the next start.
daemon off;
pid ${quote(config.pidFile)};
error_log stderr warn;
worker_processes 2;
worker_rlimit_nofile 8192;
${config.dropTo === undefined ? "" : `user ${config.dropTo};\n`}
events {
    worker_connections 4096;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    server_tokens off;
    sendfile on;
    tcp_nopush on;
    gzip on;
    gzip_types text/css application/javascript application/json image/svg+xml;
${TEMPORARY.map(name => `    ${name}_temp_path ${quote(`${config.run}/${name}`)};`).join("\n")}

    server {
        listen ${config.address}:${config.port};
        server_name _;

        location = ${quote(`${baseUrl}/alive`)} {
            default_type text/plain;
            return 200 "alive\\n";
        }

        location = ${quote(`${baseUrl}/static/salvus_base_url.js`)} {
            default_type application/javascript;
            return 200 "salvus_base_url = \\"${baseUrl}\\";\\n";
        }

        location ${quote(`${baseUrl}/static/`)} {
            alias ${quote(`${staticFolder}/`)};
        }

        location ${base} {
            alias ${quote(`${staticFolder}/`)};
        }
    }
}
`;
}

/** A path as nginx reads it; `$` would begin a variable, which no path of smc has. */
function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', String.raw`\"`)}"`;
}
