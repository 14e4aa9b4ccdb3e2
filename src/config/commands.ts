import * as z from 'zod';

/** Commands of `devops.yaml` and the variables that they get, wherever they stand. Pure. */

export const command = z.string().min(1).meta({ title: 'command' });

export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable, without a $' });

export const environmentValues = z.record(
  variableName,
  z
    .union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' })
    .transform(String),
);

export const passEnvironment = z
  .array(variableName)
  .default([])
  .describe(
    "Names of the server's variables that are handed through. Without it the command sees only PATH, HOME, USER, TMPDIR, TZ and the locale.",
  );

/** What an agent may scale, and how far: without a bound it could spend all there is. */
export const scalable = z
  .record(z.string(), z.int().min(1))
  .default({})
  .describe(
    'Services that `scaleService` may change, by name, each with the most instances it may get. None without it.',
  );

/** Where the service of a target that we do not run ourselves answers. */
export const serviceUrl = z.url({
  protocol: /^https?$/,
  error: 'must be a URL such as https://shop.example.com',
});
