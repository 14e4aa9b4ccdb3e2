import * as z from 'zod';

/** Which proofs of a code review count, as written in `devops.yaml`. */

export const reviewKinds = ['signature', 'trailer', 'github', 'gitlab'] as const;
export type ReviewKind = (typeof reviewKinds)[number];

/** `owner/name`, or `host/owner/name`; GitLab's groups may be nested. */
const part = String.raw`\.?\w[\w.-]*`;
const forge = (most: number | '') =>
  z.string().regex(new RegExp(`^(${part}/){1,${most}}${part}$`), {
    error: 'must be like owner/name, or host.example.com/owner/name for a server of your own',
  });

export const reviews = z
  .strictObject({
    from: z
      .array(z.enum(reviewKinds))
      .min(1)
      .default(['signature', 'trailer'])
      .describe(
        'What counts: `signature` is a signed note of `devops-engineer review`; `trailer` an SSH signature of a reviewer on the commit itself, with `Reviewed-by:` naming them; `github` and `gitlab` an approved pull or merge request of exactly this commit, asked for with `gh` or `glab`.',
      ),
    github: forge(2)
      .optional()
      .describe('The repository whose pull requests count: `owner/name`. Git remotes are not believed.'),
    gitlab: forge('').optional().describe('The project whose merge requests count: `group/name`.'),
  })
  .prefault({})
  .describe('How a code review is proven, for `review: approved`.');

export type ReviewsConfig = z.output<typeof reviews>;
