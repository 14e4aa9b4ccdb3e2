import type { Project } from '../project.ts';

/** One family of resources; adding one means adding one file. */
export interface ResourceFamily {
  /** Name of the family, shown by clients. */
  name: string;
  title: string;
  description: string;
  mimeType: string;
  /** `tasks://{id}`; a family without a variable is one resource. */
  template: string;
  /** The newest or most wanted ones; never all of a long list. */
  list?(project: Project): Promise<{ key: string; title: string }[]>;
  /** @returns undefined where there is no such resource */
  read(project: Project, key: string): Promise<string | undefined>;
}

export function json(value: unknown): string {
  return JSON.stringify(value, null, 1);
}
