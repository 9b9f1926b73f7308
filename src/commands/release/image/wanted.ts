import type { ChosenImages } from "../../../machines/release-images.ts";
import { readImages } from "./file.ts";
import type { ImageAsk } from "./model.ts";
import { NEWEST } from "./words.ts";

/** The images that VMs may get, each with its checksums where a file pins it; or the newest that the services file lets each have. */
export type Wanted = ReadonlyMap<string, string | undefined> | typeof NEWEST;

/** Which images are asked for. Throws an OperatorError for a file that is none, or that nobody saw well. */
export async function wantedImages({ context, wish }: Pick<ImageAsk, "context" | "wish">): Promise<Wanted> {
  if (wish.kind === "from") {
    const { images } = await readImages(context.io, wish.file);
    return new Map(images.map(({ name, sums }) => [name, sums]));
  }
  return wish.kind !== "to" || wish.image === NEWEST ? NEWEST : new Map([[wish.image, undefined]]);
}

/** Their names. */
export function imagesAsked(wanted: Wanted): readonly string[] | typeof NEWEST {
  return wanted === NEWEST ? NEWEST : [...wanted.keys()];
}

/** An image of a file that pins it is the very one: those that are not, in words. */
export function unlikeAsked({ sums }: ChosenImages, wanted: Wanted): string[] {
  if (wanted === NEWEST) return [];
  return [...wanted].flatMap(([image, sum]) => {
    const has = sums.get(image);
    if (sum === undefined || has === undefined || has === sum) return [];
    return [`${image} is another one than was seen well, of other content`];
  });
}
