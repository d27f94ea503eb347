import type { Cores, Speed, TestedKernel } from "../../engine/doctor/index.ts";

/** All that `gruvy doctor` found; with `--json` this is what it prints. */
export interface Diagnosis {
  readonly gruvy: string;
  readonly node: string;
  readonly v8: string;
  /** Such as "linux x64". */
  readonly system: string;
  readonly processor: {
    readonly model: string;
    /** Vector instructions, where the system tells: AVX2, AVX-512. */
    readonly instructions: readonly string[];
    /** Processes that wanted a core in the last minute; 0 where the system does not count them. */
    readonly load: number;
  };
  readonly cores: Cores;
  /** In bytes. */
  readonly memory: {
    readonly total: number;
    /** What is free, or could be freed. */
    readonly available: number;
    /** What a container allows. */
    readonly limit?: number;
    /** What one model can grow to. */
    readonly addressable: number;
  };
  readonly simd: {
    readonly simd: boolean;
    /** `flag`: only behind one of V8's flags, which the commands set. */
    readonly fma: "native" | "flag" | "absent";
    readonly wide: "on" | "node" | "processor" | "refused";
  };
  readonly threads: { readonly count: number; readonly why: string };
  /** On one thread, and on all. */
  readonly speed: readonly Speed[];
  readonly selfTest: {
    readonly passed: boolean;
    readonly kernels: number;
    readonly arithmetic: readonly string[];
    /** Only those that are wrong. */
    readonly problems: readonly TestedKernel[];
    /** What differs between one thread and several; empty when nothing does. */
    readonly threads: string;
  };
  readonly advice: readonly string[];
}

export type Findings = Omit<Diagnosis, "advice">;
