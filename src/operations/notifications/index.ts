/** What sends: loaded when something is to be told, and by no start. */
export { escalateDue } from './escalate.ts';
export { deliverOutbox } from './outbox.ts';
