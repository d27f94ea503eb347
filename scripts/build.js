// npm run build: compiles src/ to dist/ and packs the chart libraries into it, so that users install neither.
// Everything is built beside and renamed into place: a running gruvy never meets half a dist.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const fresh = join(root, `dist-new-${process.pid}`);
const old = join(root, `dist-old-${process.pid}`);
const started = performance.now();

try {
  if (toolsInstalled()) {
    compile();
    checkPublicTypes();
    await bundleCharts();
    putInPlace();
    const files = readdirSync(dist, { recursive: true }).filter((file) => String(file).endsWith(".js")).length;
    console.log(`Built dist: ${files} modules in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
} catch (error) {
  console.error(`The build failed; dist is as it was.\n${error.message}`);
  process.exitCode = 1;
} finally {
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
}

/** `npm ci --omit=dev` runs `prepare` too, without the means to build: that must not fail the installation. */
function toolsInstalled() {
  const missing = ["typescript", "vite"].filter((name) => folderOf(name) === undefined);
  if (missing.length === 0) return true;
  const what = `${missing.join(" and ")} not installed (development dependencies): nothing built`;
  if (process.env.npm_lifecycle_event !== "prepare") throw new Error(`${what}. Run npm ci.`);
  console.error(`${what}.`);
  return false;
}

/** Where a package lies, wherever npm put it. */
function folderOf(name) {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function compile() {
  const folder = folderOf("typescript");
  const tsc = join(folder, JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).bin.tsc);
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [tsc, "-p", "tsconfig.build.json", "--outDir", fresh],
    { cwd: root, encoding: "utf8" },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`${stdout}${stderr}`.trim());
}

/**
 * report/plot.ts alone imports the chart libraries, which are development dependencies; its compiled file is replaced
 * by one that contains them. What it imports of ours stays an import, so that no class exists twice.
 */
async function bundleCharts() {
  const entry = join(fresh, "report", "plot.js");
  if (!existsSync(entry)) return;
  const { build, normalizePath, parseSync } = await import("vite");
  const { output } = (
    await build({
      root,
      configFile: false,
      logLevel: "error",
      build: {
        outDir: join(fresh, "report"),
        emptyOutDir: false,
        target: "es2023",
        license: { fileName: "plot.licenses.md" }, // the libraries' licences ask to stand beside copies of them
        lib: { entry, formats: ["es"], fileName: () => "plot.js" },
        rolldownOptions: {
          output: { minify: true },
          external: (id, importer) => id.startsWith(".") && importer?.startsWith(normalizePath(fresh)),
        },
      },
    })
  )[0];
  const [{ code }] = output.filter((file) => file.type === "chunk");
  const foreign = parseSync("plot.js", code)
    .module.staticImports.map((one) => one.moduleRequest.value)
    .filter((specifier) => !specifier.startsWith("."));
  if (foreign.length > 0) throw new Error(`The chart bundle still imports ${foreign.join(", ")}.`);
}

/** What the public types reach must not name a package that users lack, such as the chart libraries. */
function checkPublicTypes() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const files = new Set(["index.d.ts", "node.d.ts"].map((name) => join(fresh, name)).filter(existsSync));
  for (const file of files) {
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(/(?:from|import) ?\(?"([^"]+)"/g)) {
      const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      if (specifier.startsWith(".")) {
        files.add(join(dirname(file), specifier.replace(/(\.d)?\.ts$/, ".d.ts"))); // visited in its turn
      } else if (Object.hasOwn(devDependencies, name)) {
        const source = relative(fresh, file).replace(".d.ts", ".ts");
        throw new Error(`The public types reach those of ${specifier}, through src/${source}; users do not have them.`);
      }
    }
  }
}

/** Two renames; what was there comes back when the second fails. Several builds at once take turns. */
function putInPlace(attempts = 10) {
  rmSync(old, { recursive: true, force: true });
  try {
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  } catch (error) {
    if (existsSync(old) && !existsSync(dist)) renameSync(old, dist);
    if (attempts === 1 || !["ENOENT", "ENOTEMPTY", "EEXIST"].includes(error.code)) throw error;
    putInPlace(attempts - 1);
  }
}
