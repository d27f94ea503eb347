import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The folder of the user's in which fetched data sets are kept: `gruvy` in `XDG_CACHE_HOME`, else in `~/.cache`; on
 * Windows in `LOCALAPPDATA`.
 *
 * @example
 * cacheFolder({}, "linux", "/home/ada"); // "/home/ada/.cache/gruvy"
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
  home: string = homedir(),
): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  // The XDG specification has relative paths ignored.
  if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, "gruvy");
  if (platform === "win32") return join(LOCALAPPDATA || join(home, "AppData", "Local"), "gruvy");
  return join(home, ".cache", "gruvy");
}
