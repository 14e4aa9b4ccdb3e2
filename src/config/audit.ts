import * as z from 'zod';

/** How the audit trail is made fast against whoever owns its database, as written in `devops.yaml`. */

export const audit = z
  .strictObject({
    key: z
      .string()
      .min(1)
      .describe(
        'SSH key file that signs checkpoints of the trail, relative to the project, or $NAME of the environment variable that holds its path. A public key file signs through the SSH agent.',
      ),
    allowedSigners: z
      .string()
      .min(1)
      .describe(
        'File in OpenSSH allowed_signers format, relative to the project, of those whose checkpoints count. Unsigned ones count no more.',
      ),
  })
  .describe('Who signs checkpoints of the audit trail. Without it they are anchored in git notes unsigned.');

export type AuditConfig = z.output<typeof audit>;
