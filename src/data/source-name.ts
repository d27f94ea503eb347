import { shown } from "../base/index.ts";

/** A file, address or folder as messages name it: as it is when plain, quoted with escapes when it could mislead. */
export function sourceName(source: string): string {
  const short = source.length > 120 ? `...${source.slice(-117)}` : source;
  return /^[\p{L}\p{N}][\p{L}\p{N} ._~/\\:@%+=,()-]*$|^[./~][\p{L}\p{N} ._~/\\:@%+=,()-]*$/u.test(short)
    ? short
    : shown(short);
}

/** Names of columns, quoted, for a sentence; a long list is cut and counted. */
export function nameList(names: readonly string[], most = 12): string {
  const listed = names.slice(0, most).map((name) => shown(name));
  return names.length > most ? `${listed.join(", ")} and ${names.length - most} more` : listed.join(", ");
}

/** `path/to/sales.csv.gz` and `https://host/sales.csv` are called `sales`. */
export function baseName(source: string): string {
  const last = source.replace(/[/\\]+$/, "").split(/[/\\]/);
  const file = last[last.length - 1];
  return file.replace(/\.gz$/i, "").replace(/(?<=.)\.[A-Za-z0-9]{1,6}$/, "") || file;
}
