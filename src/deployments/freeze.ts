import type { EnvironmentConfig } from '../config/schema.ts';

/** Freeze windows: weekly times in a time zone. Pure. */

type FreezeWindow = EnvironmentConfig['freeze'][number];

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const weekMinutes = 7 * 24 * 60;

/** Minutes since Monday 00:00 of `Fri 16:00`. */
function minuteOfWeek(text: string): number {
  const [day = '', time = ''] = text.split(' ');
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (days.indexOf(day) * 24 + hours) * 60 + minutes;
}

/** The wall-clock time in the window's zone: daylight saving is the calendar's affair, not ours. */
function localMinuteOfWeek(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return minuteOfWeek(`${part('weekday')} ${part('hour')}:${part('minute')}`);
}

/** The window that is closed at this moment, or undefined. `from` belongs to the window, `to` does not. */
export function frozenBy(windows: readonly FreezeWindow[], at: Date): FreezeWindow | undefined {
  return windows.find(({ from, to, timezone }) => {
    const start = minuteOfWeek(from);
    const length = (minuteOfWeek(to) - start + weekMinutes) % weekMinutes;
    const since = (localMinuteOfWeek(at, timezone) - start + weekMinutes) % weekMinutes;
    return since < length;
  });
}
