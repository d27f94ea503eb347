// What needs files or the network.

export { type BuiltIn, type BuiltInOptions, builtIns, isBuiltIn, openBuiltIn } from "./built-in.ts";
export { cacheFolder } from "./cache-folder.ts";
export type { DownloadOptions } from "./download.ts";
export { type ImdbData, type ImdbOptions, imdb } from "./imdb.ts";
export { type DataOptions, openData } from "./open-data.ts";
export { openTable, type TableOptions } from "./open-table.ts";
