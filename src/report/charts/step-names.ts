const STAMP = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/;

export interface StepName {
  readonly text: string;
  /** Whether it begins a day: these are shown first, so that hours can be read. */
  readonly day: boolean;
}

/**
 * Names with what differs between moments of the form 2024-05-17T10:30: the hours, and the date where the day changes;
 * seconds only where some are not 0. Other names stay as they are.
 */
export function stepNames(names: readonly string[]): StepName[] {
  const stamps = names.map((name) => STAMP.exec(name.trim()));
  if (!stamps.every((stamp) => stamp !== null)) return names.map((text) => ({ text, day: false }));
  const seconds = stamps.some(([, , , second = ""]) => Number(second.slice(1)) !== 0);
  const oneHour = new Set(stamps.map(([, , hour]) => hour)).size === 1 && !seconds;
  return stamps.map(([, day, hour, second = ":00"], i) => {
    if (day === stamps[i - 1]?.[1]) return { text: seconds ? hour + second.slice(0, 3) : hour, day: false };
    if (oneHour) return { text: day, day: false };
    return { text: hour === "00:00" ? day.slice(5) : `${day.slice(5)} ${hour}`, day: true };
  });
}
