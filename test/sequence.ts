import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What only computes runs last. It makes a worker large (400 MB after the boards and the properties), a worker keeps
 * its memory, and to fork it for git or ssh-keygen then takes three times as long. Its files are short, too: both
 * workers end together.
 */
export class ProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter((file) => !onlyComputes(file)), ...sorted.filter(onlyComputes)];
  }
}

function onlyComputes({ moduleId }: TestSpecification): boolean {
  return /\/test\/(config|evidence|operations|prompts|tasks)\//.test(moduleId);
}
