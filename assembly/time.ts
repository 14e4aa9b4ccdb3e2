import { isDigit } from './grammar';

/** Times as most programs write them: ISO 8601 with a zone, or a date alone, which JavaScript takes as UTC. */

/** Later than any time: tasks that do not say when they were made come last. */
export const never: f64 = 9007199254740991;

const dayMs: i64 = 86400000;

export function numberAt(at: usize, length: usize): f64 {
  let number: u64 = 0;
  for (let i = at, end = at + length; i < end; i++) number = number * 10 + <u64>(load<u8>(i) - 0x30);
  return <f64>number;
}

/** Milliseconds since 1970, or NaN for what is written otherwise. */
export function timeAt(at: usize, length: usize): f64 {
  if (length < 10 || !hasDigits(at, 4) || !hasDigits(at + 5, 2) || !hasDigits(at + 8, 2)) return NaN;
  if (load<u8>(at, 4) != 0x2d || load<u8>(at, 7) != 0x2d) return NaN;
  const year = <i64>numberAt(at, 4);
  const month = <i64>numberAt(at + 5, 2);
  const day = <i64>numberAt(at + 8, 2);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysIn(month, year)) return NaN;
  const date = daysFrom1970(year, month, day) * dayMs;
  if (length == 10) return <f64>date;
  // T09:30:00
  if (length < 20 || load<u8>(at, 10) != 0x54 || load<u8>(at, 13) != 0x3a || load<u8>(at, 16) != 0x3a) return NaN;
  if (!hasDigits(at + 11, 2) || !hasDigits(at + 14, 2) || !hasDigits(at + 17, 2)) return NaN;
  const hour = <i64>numberAt(at + 11, 2);
  const minute = <i64>numberAt(at + 14, 2);
  const second = <i64>numberAt(at + 17, 2);
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  let ms: i64 = ((hour * 60 + minute) * 60 + second) * 1000;
  let i = at + 19;
  const end = at + length;
  if (load<u8>(i) == 0x2e) {
    let scale: i64 = 100;
    const first = ++i;
    for (; i < end && isDigit(load<u8>(i)); i++) {
      ms += scale * <i64>(load<u8>(i) - 0x30);
      scale /= 10;
    }
    if (i == first) return NaN;
  }
  if (i + 1 == end && load<u8>(i) == 0x5a) return <f64>(date + ms); // Z
  const sign: i64 = load<u8>(i) == 0x2b ? 1 : -1;
  if (sign < 0 && load<u8>(i) != 0x2d) return NaN;
  if (i + 6 != end || load<u8>(i, 3) != 0x3a || !hasDigits(i + 1, 2) || !hasDigits(i + 4, 2)) return NaN;
  const zoneHour = <i64>numberAt(i + 1, 2);
  const zoneMinute = <i64>numberAt(i + 4, 2);
  if (zoneHour > 23 || zoneMinute > 59) return NaN;
  return <f64>(date + ms - sign * (zoneHour * 60 + zoneMinute) * 60000);
}

function hasDigits(at: usize, count: usize): bool {
  for (let i = at, end = at + count; i < end; i++) if (!isDigit(load<u8>(i))) return false;
  return true;
}

function daysIn(month: i64, year: i64): i64 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days of the proleptic Gregorian calendar, years beginning in March (Hinnant: "chrono-compatible date algorithms"). */
function daysFrom1970(year: i64, month: i64, day: i64): i64 {
  const y = month <= 2 ? year - 1 : year;
  const era = y / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}
