import { resolve } from "node:path";

/** The absolute path of the checkout: packages/stack/src is three levels below it. */
export const repositoryRoot: string = resolve(import.meta.dirname, "../../..");

/** Where everything goes that a run leaves on disk; ignored by git. */
export const localDirectory: string = resolve(repositoryRoot, ".local");
