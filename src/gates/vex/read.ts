import * as z from 'zod';
import { parseUnambiguous } from '../../evidence/json-text.ts';
import { cleanLine } from '../../evidence/untrusted.ts';
import { cycloneDxStatements, cycloneDxVex } from './cyclonedx-vex.ts';
import { openVexDocument, openVexStatements } from './openvex.ts';
import type { VexStatement } from './statement.ts';

export interface VexReading {
  statements: VexStatement[];
  /** Why a file excuses nothing at all. */
  problems: string[];
}

/** Reads a VEX file of either format. Never throws: what cannot be read excuses nothing. */
export function readVex(text: string, file: string): VexReading {
  try {
    const json = parseUnambiguous(text.replace(/^\uFEFF/, ''));
    return { statements: statementsOf(json, file), problems: [] };
  } catch (error) {
    const reason = error instanceof z.ZodError ? firstIssue(error) : (error as Error).message;
    return { statements: [], problems: [`${file} excuses nothing: ${cleanLine(reason)}`] };
  }
}

function statementsOf(json: unknown, file: string): VexStatement[] {
  if (typeof json !== 'object' || json === null) throw new Error('it is no VEX document');
  if ('bomFormat' in json) return cycloneDxStatements(cycloneDxVex.parse(json), file);
  if ('@context' in json) return openVexStatements(openVexDocument.parse(json), file);
  throw new Error('it is neither OpenVEX nor CycloneDX in JSON');
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'wrong shape';
}
