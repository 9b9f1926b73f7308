/** What a deployment is called when the folder says nothing. */
const NO_NAME = "site";

/**
 * The deployment that a folder of old files is for: `deploy_storm` is `storm`, and sizes and dates after the name are not
 * part of it, `cloud-19node-2013-10-15`.
 */
export function deploymentNameOf(folder: string): string {
  const name = folder
    .replace(/^(?:conf[-_])?deploy[-_]/, "")
    .replace(/[-_.]\d.*$/, "")
    .replaceAll(/[^A-Za-z0-9-]/g, "-")
    .replace(/^-+|-+$/g, "");
  return /^[A-Za-z]/.test(name) ? name : NO_NAME;
}
