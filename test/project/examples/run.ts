import { transformWithOxc } from "vite";
import { expect } from "vitest";
import type { Example } from "./collect.ts";
import { type Check, rewrite } from "./rewrite.ts";

export type Names = Readonly<Record<string, unknown>>;

/** The module that an example means by a specifier. */
export type Modules = (specifier: string) => Promise<Names>;

/**
 * Runs an example with `names` in scope, holding each `expression; // value` against its value.
 *
 * @returns how many values it held
 */
export async function runExample(example: Example, names: Names, modules: Modules): Promise<number> {
  const { code, checks } = rewrite(example);
  const scope: Names = {
    ...names,
    console: { log() {}, info() {}, table() {}, warn() {}, error() {} },
    $check: (index: number, value: unknown) => holds(checks[index], value),
    $throws: async (index: number, action: () => Promise<void>) => holds(checks[index], await thrownBy(action)),
    $import: modules,
    $missing: (name: string) => {
      throw new Error(`${example.file}:${example.line}: the example imports ${name}, which is not exported`);
    },
  };
  const { code: plain } = await transformWithOxc(code, "example.ts", { sourcemap: false });
  const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (...values: unknown[]) => unknown;
  // The inner block lets an example declare a name that is also a parameter.
  await new AsyncFunction(...Object.keys(scope), `"use strict"; {\n${plain}\n}`)(...Object.values(scope));
  return checks.length;
}

async function thrownBy(action: () => Promise<void>): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

function holds({ expected, where }: Check, value: unknown): void {
  if (expected.kind === "throws") {
    expect((value as { code?: unknown } | undefined)?.code ?? value, where).toBe(expected.code);
    return;
  }
  if (expected.array !== undefined) expect(value?.constructor.name, where).toBe(expected.array);
  expect(withPlainArrays(value), where).toEqual(expected.value);
}

/** Typed arrays as arrays, at any depth of arrays and records. */
function withPlainArrays(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>);
  if (Array.isArray(value)) return value.map(withPlainArrays);
  const isRecord = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isRecord) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withPlainArrays(part)]));
}
