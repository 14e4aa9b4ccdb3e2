import * as z from 'zod';

/** How much people are given to read: what is longer belongs into a file or a task. */

export const longestTitle = 200;
export const longestDescription = 20_000;
export const longestReason = 2_000;
export const longestSection = 200_000;

/** Why somebody decides something. */
export const reasonShape = z.string().min(1).max(longestReason);
