/** How often a property is tried: a part of it by default, all of it by `npm run faults`, whose seeds differ each time. */
export const runs = (count: number): number =>
  process.env.FAULTS === 'full' ? count : Math.ceil(count * 0.4);
