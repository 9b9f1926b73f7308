import type { HostTarget } from "../../base/host-target.ts";
import type { Milliseconds } from "../../base/units.ts";
import { formatSize } from "../../base/units.ts";
import type { ImageRecipe } from "../../inventory/model.ts";
import type { Action, Plan, Step, StepId } from "../../plan/model.ts";
import { assemblePlan } from "../../services/planners/assemble.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import { CLEAN, FILES, imageName, NO_SECRETS, packagesOf, recipeHash } from "../build-image.ts";
import { script } from "./request.ts";

/** Packages come over the network. */
const BOOTSTRAP_TIMEOUT: Milliseconds = 1_800_000;
const STEP_TIMEOUT: Milliseconds = 600_000;
const QUICK: Milliseconds = 60_000;

export interface ImageBuildRequest extends PlanRequest {
  recipe: ImageRecipe;
  /** Where it is built. */
  at: HostTarget;
  /** The account that may make root file systems; absent: the one that smc runs as. */
  runAs: string | undefined;
  /** The folder of images there. */
  folder: string;
}

/**
 * Plans `smc image build`: a root file system from packages, files and commands, judged by its checks, packed with its kernel and with
 * what it was made from. It has its name only when all of it is there.
 */
export function planImageBuild(request: ImageBuildRequest): Plan {
  const { recipe, folder, now } = request;
  const name = imageName(recipe, now);
  const work = `${folder}/.${name}`;
  const steps = inTurn(request, [
    bootstrap(recipe, work),
    ...files(recipe, work),
    ...recipe.commands.map((line, index) => ({
      id: `command ${index + 1}`,
      title: `run in it: ${line}`,
      action: inside(work, line),
      timeout: STEP_TIMEOUT,
    })),
    {
      id: "clean",
      title: "take out what belongs to one system",
      action: script(CLEAN, `${work}/root`),
      timeout: QUICK,
    },
    ...checks(recipe, work),
    ...pack(recipe, { name, work, final: `${folder}/${name}` }),
  ]);
  return assemblePlan(request, { instances: [], others: [request.at], steps, onFailure: "halt" });
}

type BuildStep = Pick<Step, "id" | "title" | "action" | "timeout" | "done">;

/** Each step when the one before has succeeded. */
function inTurn({ at, runAs }: ImageBuildRequest, steps: readonly BuildStep[]): Step[] {
  const asRoot = <A extends Action>(action: A): A => {
    if (runAs === undefined) return action;
    if (action.kind !== "wait") return { ...action, runAs };
    return { ...action, probe: { ...action.probe, runAs } };
  };
  return steps.map((step, index) => {
    const previous = steps[index - 1];
    const needs: StepId[] = previous === undefined ? [] : [previous.id];
    return { ...step, action: asRoot(step.action), kind: "build image", host: at.name, needs, after: [] };
  });
}

function bootstrap(recipe: ImageRecipe, work: string): BuildStep {
  const { release, mirror } = recipe;
  const packages = packagesOf(recipe);
  const words = [release, `${work}/root`, ...(mirror === undefined ? [] : [mirror])];
  const make = `rm -rf "$1"
mkdir -p "$1"
shift
exec mmdebstrap --variant=minbase --include="$@"`;
  return {
    id: "bootstrap",
    title: `install ${release} with ${packages.length} packages into ${work}`,
    action: script(make, work, packages.join(","), ...words),
    timeout: BOOTSTRAP_TIMEOUT,
  };
}

function files({ files: own }: ImageRecipe, work: string): BuildStep[] {
  return [...FILES, ...own].map(({ path, content, mode }, index) => ({
    id: `file ${index + 1}`,
    title: `write ${path} in it`,
    action: write(`${work}/root${path}`, { content, mode }),
    timeout: QUICK,
  }));
}

/** A file of an image may be in a folder that is not there yet. */
function write(path: string, { content, mode }: { content: string; mode: number }): Action {
  const make = 'mkdir -p "${1%/*}"\ncat > "$1"\nchmod "$2" "$1"';
  return { ...script(make, path, mode.toString(8)), stdin: [content] };
}

function inside(work: string, line: string): Action {
  return { kind: "run", argv: ["chroot", `${work}/root`, "/bin/sh", "-euc", line] };
}

/** Gates: an image that does not pass gets no name. */
function checks({ checks: own }: ImageRecipe, work: string): BuildStep[] {
  const all = [
    { what: "no private key and no password is inside", argv: script(NO_SECRETS, `${work}/root`).argv },
    ...own.map(line => ({ what: line, argv: ["chroot", `${work}/root`, "/bin/sh", "-euc", line] })),
  ];
  return all.map(({ what, argv }, index) => ({
    id: `check ${index + 1}`,
    title: `check: ${what}`,
    action: { kind: "wait", probe: { kind: "command", argv, steady: true }, interval: QUICK },
    timeout: STEP_TIMEOUT,
  }));
}

const PACK = `work=$1
cp --dereference "$work/root/vmlinuz" "$work/vmlinuz" 2>/dev/null || cp --dereference "$work/root/boot/vmlinuz" "$work/vmlinuz"
cp --dereference "$work/root/initrd.img" "$work/initrd.img" 2>/dev/null || cp --dereference "$work/root/boot/initrd.img" "$work/initrd.img"
chmod 0644 "$work/vmlinuz" "$work/initrd.img"
rm -f "$work/root.img"
truncate -s "$2" "$work/root.img"
mke2fs -q -F -t ext4 -L root -d "$work/root" "$work/root.img"
chroot "$work/root" dpkg-query -W -f '\${Package} \${Version}\\n' > "$work/packages.txt"`;

/** The checksums come last: what has them is whole. */
const FINISH = `cd "$1"
rm -rf --one-file-system root
sha256sum root.img vmlinuz initrd.img packages.txt image.json > SHA256SUMS.new
mv SHA256SUMS.new SHA256SUMS
chmod 0755 .
sync .
mv -T "$1" "$2"`;

function pack(
  recipe: ImageRecipe,
  { name, work, final }: { name: string; work: string; final: string },
): BuildStep[] {
  const about = {
    version: 1,
    name,
    recipe: recipeHash(recipe),
    release: recipe.release,
    packages: recipe.packages,
  };
  return [
    {
      id: "pack",
      title: `pack it as a file system of ${formatSize(recipe.size)} with its kernel and the list of its packages`,
      action: script(PACK, work, String(recipe.size)),
      timeout: STEP_TIMEOUT,
    },
    {
      id: "provenance",
      title: "write down what it was made from",
      action: write(`${work}/image.json`, { content: `${JSON.stringify(about, null, 2)}\n`, mode: 0o644 }),
      timeout: QUICK,
    },
    {
      id: "finish",
      title: `write its checksums and give it its name: ${final}`,
      action: script(FINISH, work, final),
      done: { kind: "command", argv: ["test", "-e", `${final}/SHA256SUMS`] },
      timeout: STEP_TIMEOUT,
    },
  ];
}
