// What a program says of its end, in the word of that name.

export const done = 0;
export const notFinite = 1;
export const stopped = 2;
