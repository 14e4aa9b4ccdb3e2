// Writes what is generated from the configuration schema. A test fails when the committed files are older than it.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configurationReference, configurationSchema } from '../src/config/reference.ts';

const packageDir = path.dirname(import.meta.dirname);
await writeFile(path.join(packageDir, 'schema/devops.schema.json'), configurationSchema());
await writeFile(path.join(packageDir, 'docs/configuration.md'), configurationReference());
