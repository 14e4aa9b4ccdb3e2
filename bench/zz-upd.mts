import { boardFile } from './boards/board-files.ts';
import { bundle } from './processes/bundle.ts';
import { statusUpdate } from './tasks/status-update.ts';
const bundles = await bundle(['processes/report-peak','peers/stream-json-filter','peers/json-parse-filter','peers/raw-read','peers/parse-stringify-update']);
for (const f of (process.env.F ?? 'pretty,minified').split(',') as ('pretty'|'minified')[]) { const b = await boardFile(process.env.S ?? '100MB', f); console.table(await statusUpdate(b, bundles, +(process.env.R ?? 5))); }
await bundles.remove();
