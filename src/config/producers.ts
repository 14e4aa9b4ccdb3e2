import * as z from 'zod';

/** Who may give evidence besides the server itself, as written in `devops.yaml`. */

const keyFile = z.string().min(1);

const producer = z
  .strictObject({
    allowedSigners: keyFile
      .optional()
      .describe('File in OpenSSH allowed_signers format, relative to the project: for SSH signatures.'),
    publicKey: keyFile
      .optional()
      .describe(
        'PEM file of one public key, Ed25519 or ECDSA P-256, relative to the project: for what cosign and others sign.',
      ),
  })
  .refine((keys) => (keys.allowedSigners === undefined) !== (keys.publicKey === undefined), {
    error: 'needs one of allowedSigners and publicKey, and not both',
  });

export const producers = z
  .record(z.string(), producer)
  .default({})
  .describe(
    'Whose signed statements are evidence, by name: the keys of a CI system, one of the two for each. docs/ci-evidence.md says how it makes them.',
  );

export const attestedBy = z
  .array(z.string())
  .min(1)
  .optional()
  .describe(
    'Names of `producers`. A statement about the commit that one of them signed (`devops-engineer attest`) is evidence of this check. Without one the server runs the check itself, if there is a command.',
  );

export const statement = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('testResult'),
        configuration: z
          .string()
          .min(1)
          .describe(
            'Name or URI of the configuration that the tests were run with, as the statement says it.',
          ),
      })
      .describe('in-toto Test Result, v0.1. The gate demands a pass rate.'),
    z
      .strictObject({
        kind: z.literal('vulnerabilities'),
        scanner: z
          .string()
          .min(1)
          .describe('URI of the scanner, with or without a version: `pkg:github/aquasecurity/trivy`.'),
      })
      .describe('in-toto Vulnerabilities, v0.1 and v0.2, and cosign’s. The gate demands a `maxSeverity`.'),
    z
      .strictObject({
        kind: z.literal('provenance'),
        builders: z.array(z.string().min(1)).min(1).describe('`builder.id` of those whose builds count.'),
      })
      .describe(
        'SLSA provenance, v1 and v0.2, of the very artifact that would be deployed. It counts like one passed test.',
      ),
  ])
  .optional()
  .describe('What kind of statement the check takes, instead of the raw report that `attest` signs.');

export type ProducerConfig = z.output<typeof producer>;
export type StatementConfig = NonNullable<z.output<typeof statement>>;
