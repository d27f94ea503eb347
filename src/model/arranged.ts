import type { Tensor } from "../base/index.ts";

/** What a model's inputs or outputs are: one alone, a list, or by name. */
export type Arranged<T> = T | readonly T[] | { readonly [name: string]: T };

/** What stands in the place of each output. */
export type Filled<Out, T> = Out extends readonly unknown[] ? T[] : Out extends Tensor ? T : { [K in keyof Out]: T };
