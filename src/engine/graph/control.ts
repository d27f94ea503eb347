// The words at the start of memory through which the caller and the program speak. Words that threads fight over have
// a cache line each.

/** Inputs and outputs of a program at most: there are so many words for each. */
export const MOST_PORTS = 16;
/** Rows below which a batch is one slice: to deal fewer gains nothing. */
export const FEWEST_ROWS = 8;

export const control = {
  /** Not zero: a thread has failed, all others leave. */
  poison: 0,
  /** The barrier at which all threads meet. */
  team: { arrived: 64, generation: 128 },
  /** That of the threads which work on one slice together; what they do, 0 when it is done; and how many wait for work. */
  crew: { arrived: 192, generation: 256, job: 260, waiting: 320 },
  batchSize: 448,
  /** Rows of a slice at most. */
  sliceRows: 452,
  slices: 456,
  /** Rows staged for this call: whole batches, and at the end perhaps a short one. */
  rows: 460,
  /** Steps of the optimizer taken before this call: the counter of random numbers. */
  iteration: 464,
  frames: 468,
  frameBytes: 472,
  /** Set by the caller: leave after the step under way. */
  stop: 476,
  /** Set by the program: 0 all done, 1 a loss was not finite, 2 stopped. */
  status: 480,
  stepsDone: 484,
  leave: 488,
  inputs: 496, // sixteen words, one for each input
  targets: 560, // sixteen words, one for each output that has targets
  outputs: 624, // sixteen words
  /** Sixteen words: weights for the rows, or steps, of each output, where the program reads them. */
  rowWeights: 688,
  stepScalars: 752,
  stepLosses: 756,
  sliceGradients: 760,
  sliceGradientBytes: 764,
  /** Float64 cells of each slice: [sum of losses, rows counted, metrics...]; and their sums over the call. */
  cells: 768,
  cellBytes: 772,
  totals: 776,
  seeds: 780,
  blocks: 784,
  blockCount: 788,
  factors: 792,
  squares: 796,
  /** The addresses of the buffers that all slices share. */
  batchBuffers: 800,
  /** The numbers 0, 1, 2...: the order of a batch whose rows are dealt as they come. */
  inOrder: 804,
  /** Not zero: the weights are still those of the call before, and so is what ops keep from batch to batch. */
  unchanged: 808,
  /** Dealers of units of work, one for each phase of a step. */
  dealers: 1024,
  end: 1024 + 64 * 32,
} as const;

/** Time axes of one program at most. */
export const MOST_AXES = 24;

/** Words of a slice's frame; the addresses of its buffers follow. */
export const frame = {
  rows: 0,
  firstRow: 4,
  slice: 8,
  gradients: 12,
  cells: 16,
  iteration: 20,
  /** Threads that may work on the slice. */
  crew: 24,
  /** Slices of the batch under way. */
  slices: 28,
  /** Rows of the batch in the slices before. */
  before: 32,
  /** Words for the steps of as many time axes as a program may have. */
  steps: 36,
  buffers: 36 + 4 * MOST_AXES,
} as const;

export const status = { done: 0, notFinite: 1, stopped: 2 } as const;
