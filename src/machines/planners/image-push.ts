import { administratorOf } from "../../inventory/administrator.ts";
import type { HostTarget } from "../../base/host-target.ts";
import type { HostName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { Plan, Step } from "../../plan/model.ts";
import { assemblePlan } from "../../services/planners/assemble.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import { imagePlaces, KEPT_FOLDER, VMS_FOLDER } from "../places.ts";
import { fetchSteps, passSteps, sourcesOf } from "./image-pass.ts";
import type { ImagePushRequest, ImageReceiver } from "./image-request.ts";
import { asRoot, script } from "./request.ts";

const SEND_TIMEOUT: Milliseconds = 6 * 3_600_000;
const VERIFY_TIMEOUT: Milliseconds = 1_800_000;
const QUICK: Milliseconds = 60_000;

/**
 * Plans `smc image push`: one machine of each data centre gets the image from here, and passes it on. What a machine did not get from
 * another one comes from here afterwards, so a broken link between them costs time and nothing else. What is there already of an attempt
 * that was cut off is not sent again; the image gets its name only when its checksums are right, and are those of the image here.
 */
export function planImagePush(request: ImagePushRequest): Plan {
  const { here, receivers, passOn } = request;
  const sources = passOn ? sourcesOf(receivers) : new Map<HostName, ImageReceiver>();
  const steps = receivers.flatMap(receiver => {
    const to = receivers.filter(({ target }) => sources.get(target.name) === receiver);
    const own = pushTo(request, receiver, sources.get(receiver.target.name));
    const accepted = `accept on ${receiver.target.name}`;
    const { open, close } = passSteps(request, receiver, { to, accepted });
    return to.length === 0 ? own : [...own, open, close];
  });
  return assemblePlan(request, {
    instances: [],
    others: [here, ...receivers.map(({ target }) => target)],
    steps,
    onFailure: "continue",
    shared: true,
  });
}

/** Where an image is until it is known to be whole. */
function partial(image: string): string {
  return imagePlaces(`.${image}`).folder;
}

function pushTo(request: ImagePushRequest, receiver: ImageReceiver, from: ImageReceiver | undefined): Step[] {
  const { image, source, here, sums } = request;
  const { target, shell } = receiver;
  const final = imagePlaces(image).folder;
  const there = { kind: "command", argv: ["test", "-e", `${final}/SHA256SUMS`] } as const;
  const common = { kind: "push image", after: [] };
  const prepare: Step = {
    ...common,
    id: `prepare ${target.name}`,
    title: `make room for ${image} on ${target.name}`,
    host: target.name,
    action: asRoot(request, script('install -d -m 0755 "$1"', partial(image))),
    done: asRoot(request, there),
    needs: [],
    timeout: QUICK,
  };
  const fetched = from === undefined ? [] : fetchSteps(request, receiver, { from, folder: partial(image) });
  const send: Step = {
    ...common,
    // All sends are steps of this machine: the receiver tells one from the other.
    instance: target.name,
    id: `send to ${target.name}`,
    title: `send ${image} to ${target.name}`,
    host: here.name,
    action: {
      kind: "run",
      argv: rsync(request, { source, shell, to: `${target.name}:${partial(image)}/` }),
      progress: "rsync",
    },
    needs: [prepare.id],
    after: fetched.slice(-1).map(({ id }) => id),
    whenChanged: [prepare.id],
    timeout: request.timeout ?? SEND_TIMEOUT,
  };
  const accept: Step = {
    ...common,
    id: `accept on ${target.name}`,
    title: `check ${image} on ${target.name} and give it its name`,
    host: target.name,
    action: asRoot(request, script(ACCEPT, partial(image), final, sums)),
    done: asRoot(request, there),
    needs: [send.id],
    timeout: VERIFY_TIMEOUT,
  };
  return [prepare, ...fetched, send, accept];
}

const ACCEPT = `cd "$1"
[ "$(sha256sum <SHA256SUMS)" = "$3  -" ] || { echo "its checksums are not those of the image here" >&2; exit 1; }
sha256sum --quiet --strict -c SHA256SUMS
chown -R 0:0 .
sync .
mv -T "$1" "$2"`;

function rsync(
  request: ImagePushRequest,
  { source, shell, to }: { source: string; shell: string; to: string },
): string[] {
  const administers = administratorOf(request.deployment) !== undefined;
  return [
    "rsync",
    "--archive",
    "--sparse",
    // An attempt that is cut off leaves what it had, and the next one goes on from there.
    "--partial",
    "--delete",
    // Holes are read as zeros and would cross the network as such.
    "--compress",
    "--compress-level=1",
    "--no-inc-recursive",
    "--info=progress2",
    "--outbuf=N",
    "--rsh",
    shell,
    ...(administers ? ["--rsync-path", "sudo -n rsync"] : []),
    "--",
    `${source}/`,
    to,
  ];
}

export interface ImagePruneRequest extends PlanRequest {
  /** The images to be removed, by machine. */
  images: readonly { target: HostTarget; names: readonly string[] }[];
}

/** Looks itself whether an overlay lies over the image, at the last moment; also one that is kept aside. */
const REMOVE = `for overlay in "$2"/*/root.qcow2 "$3"/*/root.qcow2; do
  [ -e "$overlay" ] || continue
  base=$(qemu-img info -U "$overlay" | sed -n 's/^backing file: \\([^ ]*\\).*/\\1/p')
  [ -n "$base" ] || { echo "what $overlay lies over is not known: nothing was removed" >&2; exit 1; }
  case $base in "$1"/*) echo "$overlay lies over it: it stays" >&2; exit 1 ;; esac
done
rm -rf -- "$1"`;

/** Plans `smc image prune`: images that nothing lies over, each looked at again when its turn comes. */
export function planImagePrune(request: ImagePruneRequest): Plan {
  const steps = request.images.flatMap(({ target, names }) =>
    names.map((name): Step => {
      const { folder } = imagePlaces(name);
      return {
        id: `remove ${name} on ${target.name}`,
        title: `remove the image ${name} on ${target.name}`,
        kind: "prune images",
        host: target.name,
        action: asRoot(request, script(REMOVE, folder, VMS_FOLDER, KEPT_FOLDER)),
        done: { kind: "command", argv: ["test", "!", "-e", folder] },
        needs: [],
        after: [],
        timeout: VERIFY_TIMEOUT,
      };
    }),
  );
  const others = request.images.map(({ target }) => target);
  return assemblePlan(request, { instances: [], others, steps, onFailure: "continue", shared: true });
}

/** The names of images by what they are images of, `salvus-2026-01-02-0304` of `salvus`. */
export function familyOf(image: string): string {
  return image.replace(/-\d{4}-\d{2}-\d{2}-\d{4}$/, "");
}

/** Of the images of a machine those that are older than the newest `keep` of their family and that nothing lies over. */
export function imagesToPrune(
  images: readonly string[],
  { used, keep }: { used: ReadonlySet<string>; keep: number },
): string[] {
  const families = Map.groupBy(images.toSorted(), familyOf);
  return [...families.values()].flatMap(names => {
    const old = names.slice(0, Math.max(0, names.length - keep));
    return old.filter(name => !used.has(name));
  });
}
