import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** The package.json by which Node takes a .js file here for CommonJS, as `npm init -y` writes it; undefined if there is none. */
export async function commonJsPackage(file: string): Promise<string | undefined> {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const path = join(folder, "package.json");
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return isCommonJs(text) ? path : undefined;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Where no type is said, Node looks at what the file holds. */
function isCommonJs(text: string): boolean {
  try {
    return JSON.parse(text)?.type === "commonjs";
  } catch {
    return false;
  }
}
