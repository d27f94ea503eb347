export type { Callback, CallbackState, Logs, Progress, Standing, Trainer } from "./callback.ts";
export { csvLogger } from "./csv-logger.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./early-stopping.ts";
export { lambdaCallback } from "./lambda-callback.ts";
export { learningRateScheduler } from "./learning-rate-scheduler.ts";
export { modelSaver, type SavedAt, type SaverOptions } from "./model-saver.ts";
export { type ProgressBarOptions, progressBar, type TextStream } from "./progress-bar.ts";
export { type ReduceLrOptions, reduceLrOnPlateau } from "./reduce-lr-on-plateau.ts";
