import type { ModelName, Scores } from "./results.ts";

/** What a task tells while it works. Tasks never write to the terminal: whoever calls them shows these, or does not. */
export type ProgressEvent =
  /** The data are in memory; `text` says what they are. */
  | { readonly type: "read"; readonly text: string }
  /** What will be done, one sentence a line, before it starts. */
  | { readonly type: "plan"; readonly lines: readonly string[] }
  /** Something a person should know while it runs; nothing is wrong. */
  | { readonly type: "note"; readonly text: string }
  /** One model begins. A baseline has no epochs. */
  | {
      readonly type: "modelBegin";
      readonly model: ModelName;
      readonly epochs?: number;
      /** Training may end before the last epoch. */
      readonly stopsEarly?: boolean;
      readonly rows?: number;
      /** What a row is read by. */
      readonly reads?: "tokens" | "steps";
      readonly seed?: number;
    }
  /** A batch was learned; `done` and `rows` count the rows of this epoch, `read` what was read since the training began. */
  | {
      readonly type: "batch";
      readonly model: ModelName;
      readonly epoch: number;
      readonly done: number;
      readonly rows: number;
      readonly read?: number;
    }
  | {
      readonly type: "epoch";
      readonly model: ModelName;
      /** From 1. */
      readonly epoch: number;
      readonly epochs: number;
      readonly logs: Readonly<Record<string, number>>;
    }
  | {
      readonly type: "modelEnd";
      readonly model: ModelName;
      readonly seconds: number;
      readonly validation?: Scores;
      readonly epochs?: number;
      readonly bestEpoch?: number;
    };

export type ProgressObserver = (event: ProgressEvent) => void;
