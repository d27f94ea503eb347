// What needs files: kept apart, so that index.ts can be bundled for browsers.
export { directoryStore } from "./directory-store.ts";
export { type Content, writeDurably, writeTogether } from "./durable.ts";
export { errnoOf, fileError } from "./file-error.ts";
export { type FileLayer, nodeFiles } from "./file-layer.ts";
export { clearHalfFiles } from "./half-files.ts";
export { type FolderLock, lockFolder, refuseLocked } from "./lock.ts";
export { readFileLimited } from "./read-file.ts";
export { openRecords, type RecordFile, type Records, readRecords, repairRecords } from "./record-file.ts";
