// Writes everything that is generated from the code. Tests fail when the committed files are older than the code.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configurationReference, configurationSchema } from '../src/config/reference.ts';
import { toolTable, withSection } from '../src/tools/reference.ts';
import { compileScanner, target } from './build-scanner.mjs';

const packageDir = path.dirname(import.meta.dirname);
await writeFile(path.join(packageDir, 'schema/devops.schema.json'), configurationSchema());
await writeFile(path.join(packageDir, 'docs/configuration.md'), configurationReference());
const readme = path.join(packageDir, 'README.md');
await writeFile(readme, withSection(await readFile(readme, 'utf8'), 'tools', toolTable()));
await writeFile(path.join(packageDir, target), await compileScanner());
