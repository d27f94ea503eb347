// What needs files: kept apart, so that index.ts can be bundled for browsers.
export { fileLedger, readStudy, repairStudy, studyAhead } from "./study/file-ledger.ts";
