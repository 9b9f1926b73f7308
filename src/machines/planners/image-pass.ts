import type { HostName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { Step, StepId } from "../../plan/model.ts";
import { imagePlaces } from "../places.ts";
import type { ImagePushRequest, ImageReceiver } from "./image-request.ts";
import { asRoot, script } from "./request.ts";

const QUICK: Milliseconds = 60_000;
const FETCH_TIMEOUT: Milliseconds = 6 * 3_600_000;
/** A door that nobody closed, because smc died, closes by itself. */
const OPEN_SECONDS = 6 * 3600;

/** Below a folder that root alone writes; gone at the next boot. */
const RUN_FOLDER = "/run/smc-images";

/**
 * Who gets an image from whom: in each data centre the first from smc, and everybody else from a machine that has it by then. Each
 * machine passes it on to one at a time, so that the number of those that have it doubles with every round.
 */
export function sourcesOf(receivers: readonly ImageReceiver[]): Map<HostName, ImageReceiver> {
  const sources = new Map<HostName, ImageReceiver>();
  for (const group of Map.groupBy(receivers, ({ dc }) => dc ?? "").values()) {
    group.forEach(({ target }, index) => {
      const source = index === 0 ? undefined : group[index - 2 ** Math.floor(Math.log2(index))];
      if (source !== undefined) sources.set(target.name, source);
    });
  }
  return sources;
}

/** Arguments: unit, folder of its files, image, address, port, account that may read the token, addresses that may come. */
const OPEN = `umask 077; unit=$1 run=$2 image=$3 address=$4 port=$5 account=$6; shift 6
systemctl stop "$unit" 2>/dev/null || true
install -d -m 0711 "$run"
token=$(head -c 24 /dev/urandom | sha256sum | cut -c1-48)
printf '%s\\n' "$token" >"$run/token"; [ -z "$account" ] || chown "$account" "$run/token"
printf 'smc:%s\\n' "$token" >"$run/secrets"
cat >"$run/rsyncd.conf" <<END
address = $address
port = $port
uid = root
use chroot = yes
reverse lookup = no
hosts allow = $*
[image]
path = $image
read only = yes
auth users = smc
secrets file = $run/secrets
END
systemd-run --quiet --collect --unit="$unit" --property=RuntimeMaxSec=${OPEN_SECONDS} \\
  rsync --daemon --no-detach --config="$run/rsyncd.conf"`;

/** The same first two arguments. */
const CLOSE = `systemctl stop "$1" 2>/dev/null || true
rm -rf "$2"`;

/** The same arguments. Looks only. */
const CLOSED = `! systemctl is-active --quiet "$1" && [ ! -e "$2" ]`;

/** Arguments: file of the token, name, address and port of the source, folder. What does not come this way is sent by smc afterwards. */
const FETCH = `trap 'rm -f "$1"' EXIT
[ -s "$1" ] || { echo "note: $2 does not pass it on"; exit 0; }
rsync --archive --sparse --partial --delete --compress --compress-level=1 --no-inc-recursive --info=progress2 --outbuf=N \\
  --contimeout=10 --timeout=60 --password-file="$1" "rsync://smc@$3:$4/image/" "$5/" || echo "note: not from $2, whose rsync ended with $?"`;

/** The steps on a machine that passes an image on: its door is open to the receivers alone, and read-only. */
export function passSteps(
  request: ImagePushRequest,
  source: ImageReceiver,
  { to, accepted }: { to: readonly ImageReceiver[]; accepted: StepId },
): { open: Step; close: Step } {
  const { name } = source.target;
  const unit = `smc-image-${request.image}`;
  const run = `${RUN_FOLDER}/${request.image}`;
  const place = [String(request.deployment.ports.images), source.target.user];
  const words = [unit, run, imagePlaces(request.image).folder, source.address, ...place];
  const prepared = to.map(({ target }) => `prepare ${target.name}`);
  // An interrupt lets no further machine read, and the door is closed behind those that do.
  const inHand = `the door of ${name}`;
  const common = { kind: "pass images on", host: name, inHand, timeout: QUICK };
  const closing = asRoot(request, script(CLOSE, unit, run));
  const open: Step = {
    ...common,
    id: openId(name),
    title: `let ${to.length === 1 ? "one machine" : `${to.length} machines`} read ${request.image} on ${name}`,
    action: asRoot(
      request,
      script(`mkdir -p -m 0711 ${RUN_FOLDER}\n${OPEN}`, ...words, ...to.map(({ address }) => address)),
    ),
    undo: closing,
    needs: [accepted],
    after: prepared,
    whenChanged: prepared,
  };
  const close: Step = {
    ...common,
    id: `close ${name}`,
    title: `let nobody read ${request.image} on ${name} any more`,
    action: closing,
    done: asRoot(request, { kind: "command", argv: script(CLOSED, unit, run).argv }),
    // However the opening ended: one that failed half way is closed too.
    needs: [],
    after: [open.id, ...to.map(({ target }) => fetchId(target.name))],
  };
  return { open, close };
}

/** The steps on a machine that gets an image from another: a token for once, then what it can get. They hold nobody up. */
export function fetchSteps(
  request: ImagePushRequest,
  { target }: ImageReceiver,
  { from, folder }: { from: ImageReceiver; folder: string },
): Step[] {
  const { name } = from.target;
  const file = `/run/smc-image-${request.image}.token`;
  const token: Step = {
    id: `token of ${name} for ${target.name}`,
    title: `give ${target.name} the word for ${name}`,
    kind: "pass images on",
    host: target.name,
    action: asRoot(request, {
      kind: "put",
      path: file,
      content: [],
      append: { host: name, path: `${RUN_FOLDER}/${request.image}/token` },
      mode: 0o600,
    }),
    needs: [openId(name), `prepare ${target.name}`],
    after: [],
    whenChanged: [`prepare ${target.name}`],
    timeout: QUICK,
  };
  const words = [file, name, from.address, String(request.deployment.ports.images), folder];
  const fetch: Step = {
    id: fetchId(target.name),
    title: `let ${target.name} get ${request.image} from ${name}`,
    kind: "push image",
    host: target.name,
    action: asRoot(request, { ...script(FETCH, ...words), progress: "rsync" }),
    needs: [`prepare ${target.name}`],
    after: [token.id],
    whenChanged: [`prepare ${target.name}`],
    // One at a time from each, so that the next can pass it on the sooner.
    turn: { group: `from ${name}` },
    timeout: request.timeout ?? FETCH_TIMEOUT,
  };
  return [token, fetch];
}

function fetchId(name: HostName): StepId {
  return `fetch to ${name}`;
}

function openId(name: HostName): StepId {
  return `open ${name}`;
}
