// What a run of random numbers is for: each use of randomness has its own stream.

export const initial = 1;
export const shuffle = 2;
export const dropout = 3;
export const data = 4;
export const bootstrap = 5;
export const split = 6;
export const search = 7;
