/** Lets what waits have its turn (signals, drawing) between two pieces of work that block. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
