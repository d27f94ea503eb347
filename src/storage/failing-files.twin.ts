// The file layer's twin for tests: it does what the real one does, counts every call, and lets the n-th one fail.

import type { FileHandle } from "node:fs/promises";
import { type FileLayer, nodeFiles } from "./file-layer.ts";

export const faults = ["EIO", "ENOSPC", "EACCES", "short write"] as const;
export type Fault = (typeof faults)[number];

export interface FailingFiles {
  readonly files: FileLayer;
  /** The calls made, by name. */
  readonly calls: string[];
  /** The name of the call that failed, if it came to that. */
  failed(): string | undefined;
}

export function systemError(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: planted in ${call}`), { code, syscall: call });
}

/** `failAt` counts from 1; 0 lets all pass. A short write takes half of the bytes and then the disk is full. */
export function failingFiles(failAt: number, fault: Fault = "EIO"): FailingFiles {
  const calls: string[] = [];
  let failed: string | undefined;
  let short = false;

  const wrap = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function" || typeof name !== "string") return member;
        return async (...args: unknown[]) => {
          const call = prefix + name;
          calls.push(call);
          const fails = calls.length === failAt || (short && name === "write");
          if (fails && fault === "short write" && name === "write" && !short) {
            short = true;
            failed = call;
            const [bytes, offset, length] = args as [Uint8Array, number, number];
            return await (target as unknown as FileHandle).write(bytes, offset, Math.floor(length / 2));
          }
          if (fails && (fault !== "short write" || short)) {
            failed = call;
            // The system frees the descriptor even when closing reports an error.
            if (name === "close") await member.apply(target, args);
            throw systemError(fault === "short write" ? "ENOSPC" : fault, call);
          }
          const result: unknown = await member.apply(target, args);
          return name === "open" ? wrap(result as FileHandle, "file.") : result;
        };
      },
    });

  return { files: wrap({ ...nodeFiles }, ""), calls, failed: () => failed };
}
