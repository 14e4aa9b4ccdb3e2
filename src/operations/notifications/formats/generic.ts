import type { Notice } from '../notice.ts';

/** The event as JSON, for programs. Pure. */
export function genericMessage(notice: Notice): object {
  return notice;
}
