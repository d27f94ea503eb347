export type { Callback, CallbackState, Logs, Progress, Standing, Trainer } from "./callback.ts";
export { csvLogger } from "./csv-logger.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./early-stopping.ts";
export { type ReduceLrOptions, reduceLrOnPlateau } from "./reduce-lr-on-plateau.ts";
