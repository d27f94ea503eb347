// The words of a slice's frame; the addresses of its buffers follow.

/** Time axes of one program at most. */
export const MOST_AXES = 24;

export const rows = 0;
export const firstRow = 4;
export const slice = 8;
export const gradients = 12;
export const cells = 16;
export const iteration = 20;
/** Threads that may work on the slice. */
export const crew = 24;
/** Slices of the batch under way. */
export const slices = 28;
/** Rows of the batch in the slices before. */
export const before = 32;
/** Words for the steps of as many time axes as a program may have. */
export const steps = 36;
export const buffers = 36 + 4 * MOST_AXES;
