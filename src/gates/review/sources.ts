import type { ReviewsConfig } from '../../config/reviews.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { signature } from './signature.ts';
import type { ReviewSource } from './source.ts';
import { trailer } from './trailer.ts';

/** Every way in which a review can be proven; what needs no network comes first. */
const sources: readonly ReviewSource[] = [signature, trailer, github, gitlab];

/** The ways that the policy accepts. */
export function acceptedSources({ from }: ReviewsConfig): ReviewSource[] {
  return sources.filter(({ kind }) => from.includes(kind));
}
