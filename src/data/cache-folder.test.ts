import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheFolder } from "./cache-folder.ts";

describe("cacheFolder", () => {
  const home = resolve("home");
  const elsewhere = resolve("elsewhere");

  it.each([
    ["linux", {}, join(home, ".cache", "gruvy")],
    ["darwin", { XDG_CACHE_HOME: "" }, join(home, ".cache", "gruvy")],
    ["linux", { XDG_CACHE_HOME: elsewhere }, join(elsewhere, "gruvy")],
    ["linux", { XDG_CACHE_HOME: "relative" }, join(home, ".cache", "gruvy")],
    ["linux", { LOCALAPPDATA: elsewhere }, join(home, ".cache", "gruvy")],
    ["win32", { LOCALAPPDATA: elsewhere }, join(elsewhere, "gruvy")],
    ["win32", {}, join(home, "AppData", "Local", "gruvy")],
  ])("on %s with %j is %s", (platform, environment, expected) => {
    expect(cacheFolder(environment, platform, home)).toBe(expected);
  });
});
