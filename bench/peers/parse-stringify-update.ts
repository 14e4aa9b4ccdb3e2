import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/**
 * A status change as most programs do it, when they do it safely: parse all, change one, write all beside it, rename.
 * It keeps the file's own indentation, which is kinder than most are.
 */
const [file = '', id, status, indentation = '2'] = process.argv.slice(2);

const entries: Record<string, unknown>[] = JSON.parse(readFileSync(file, 'utf8'));
const entry = entries.find(({ task_id }) => task_id === id);
if (!entry) throw new Error(`there is no ${id}`);
entry.status = status;
const content = Buffer.from(JSON.stringify(entries, null, Number(indentation)));
const draft = `${file}.draft`;
const descriptor = openSync(draft, 'w');
for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at);
fsyncSync(descriptor);
closeSync(descriptor);
renameSync(draft, file);
