import { readFileSync } from 'node:fs';

/** The filter as most programs do it: the whole file into one string, and that into objects. */
const [file = '', agent, status, limit = '20'] = process.argv.slice(2);

const entries: Record<string, unknown>[] = JSON.parse(readFileSync(file, 'utf8'));
const matches = entries.filter((entry) => entry.agent === agent && entry.status === status);
process.stdout.write(JSON.stringify({ total: matches.length, first: matches.slice(0, Number(limit)) }));
