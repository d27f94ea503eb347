// The words at the start of memory through which the caller and the program speak, by their addresses; a constant each,
// so that no table of them has to be carried. Words that threads fight over have a cache line each.

/** Inputs and outputs of a program at most: there are so many words for each. */
export const MOST_PORTS = 16;
/** Rows below which a batch is one slice: to deal fewer gains nothing. */
export const FEWEST_ROWS = 8;

/** Not zero: a thread has failed, all others leave. */
export const poison = 0;
/** The barrier at which all threads meet. */
export const team = { comings: 64, asleep: 128 };
/** That of the threads which work on one slice together; what they do, 0 when it is done; and how many wait for work. */
export const crew = { comings: 192, asleep: 256, job: 260, waiting: 320 };
/** Set by the caller: leave after the step under way, and run nothing that would follow. */
export const stop = 384;
/** How many runs have followed the first of a call. */
export const turns = 388;
/** From here on the words of one run: each that follows in a call brings its own. */
export const batchSize = 448;
/** Rows of a slice at most. */
export const sliceRows = 452;
export const slices = 456;
/** Rows staged for this call: whole batches, and at the end perhaps a short one. */
export const rows = 460;
/** Steps of the optimizer taken before this call: the counter of random numbers. */
export const iteration = 464;
export const frames = 468;
export const frameBytes = 472;
/** Set by the program: one of `status.ts`. */
export const status = 480;
export const stepsDone = 484;
export const leave = 488;
export const inputs = 496; // sixteen words, one for each input
export const targets = 560; // sixteen words, one for each output that has targets
export const outputs = 624; // sixteen words
/** Sixteen words: weights for the rows, or steps, of each output, where the program reads them. */
export const rowWeights = 688;
export const stepScalars = 752;
export const stepLosses = 756;
export const sliceGradients = 760;
export const sliceGradientBytes = 764;
/** Float64 cells of each slice: [sum of losses, rows counted, metrics...]; and their sums over the call. */
export const cells = 768;
export const cellBytes = 772;
export const totals = 776;
export const seeds = 780;
export const blocks = 784;
export const blockCount = 788;
export const factors = 792;
export const squares = 796;
/** The addresses of the buffers that all slices share. */
export const batchBuffers = 800;
/** The numbers 0, 1, 2...: the order of a batch whose rows are dealt as they come. */
export const inOrder = 804;
/** Not zero: the weights are still those of the call before, and so is what ops keep from batch to batch. */
export const unchanged = 808;
/** Behind the last word of a run. */
export const runEnd = 812;
/** Dealers of units of work, one for each phase of a step. */
export const dealers = 1024;
export const end = 1024 + 64 * 32;
