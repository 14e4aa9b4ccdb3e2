import { junitReading } from './gates/junit-reading.ts';
import { gateOverhead } from './gates/overhead.ts';
import { bundle } from './processes/bundle.ts';
import type { Suite } from './report.ts';

/** What proof costs: reading a report of a million tests, and a gate over the commands that it runs. */
export const gates: Suite = {
  name: 'gates',
  title: 'Evidence and gates',
  async run() {
    const bundles = await bundle([
      'processes/report-peak',
      'peers/raw-read',
      'peers/fast-xml-parser-count',
      'peers/junit2json-count',
    ]);
    try {
      return [...(await junitReading(bundles)), ...(await gateOverhead())];
    } finally {
      await bundles.remove();
    }
  },
};
