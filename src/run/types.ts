// What a model that Gruvy exported as WebAssembly takes and gives.

/** Bytes, or what `fetch` gives. */
export type Source = ArrayBuffer | ArrayBufferView | Response | Promise<ArrayBuffer | ArrayBufferView | Response>;

/**
 * What a row of `predict` is: a text; the values of a series so far; tokens or symbols; the numbers of a row; or steps,
 * each an array of numbers, or all numbers one behind the other. Of several inputs a list of such, or an object by name.
 */
export type Row = OneRow | readonly OneRow[] | Readonly<Record<string, OneRow>>;

/** What a row of one input is. */
export type OneRow = string | ArrayLike<number | string> | ArrayLike<ArrayLike<number>>;

/** One step of a row: words, a token, a symbol, a number or the numbers of a step. */
export type Step = string | number | ArrayLike<number>;

/**
 * A label with the probability of each; forecasts; one number; or the output, that of each step in its own array. Of several
 * outputs a list of such, or an object by name, as `predict` of the model gives them.
 */
export type Answer = Label | readonly number[] | number | Output | readonly Output[] | Readonly<Record<string, Output>>;

/** Numbers, or those of each step. */
export type Output = Float32Array | readonly Float32Array[];

/** A class, and how likely each is. */
export interface Label {
  readonly label: string;
  readonly probabilities: Readonly<Record<string, number>>;
}

/** What a file says of its model. */
export interface About {
  readonly gruvy: number;
  readonly name: string;
  readonly relaxedSimd: boolean;
  readonly inputs: readonly {
    readonly name: string;
    readonly kind: "tokens" | "vector" | "sequence";
    readonly features: number;
    /** 1 of rows; null where it may vary. */
    readonly steps: number | null;
    /** How many different tokens there are; 0 for numbers. */
    readonly tokens: number;
  }[];
  readonly outputs: readonly { readonly name: string; readonly features: number; readonly sequence: boolean }[];
  /** The outputs by their numbers, arranged as answers are. */
  readonly answer: number | readonly number[] | Readonly<Record<string, number>>;
  /** Words, scalers, labels: what `predict` does before and after. */
  readonly preprocessing: unknown;
  /** Why the model has no `step`; else where its states lie. */
  readonly stream: unknown;
}

/** A model that was exported, ready to answer. */
export interface Model {
  readonly about: About;
  /**
   * An answer for each row. Rows may differ in length where the model does not fix it. A RangeError names a row that
   * does not fit.
   */
  predict(rows: readonly Row[]): Answer[];
  /**
   * The answer to the steps of a stream up to and with `x`, and the state to go on from: a new array, to be kept or
   * sent as it is. A stream begins without a state. Throws where the model must have seen a whole sequence.
   */
  step(state: Float32Array | undefined, x: Step): { readonly output: Answer; readonly state: Float32Array };
}
