export async function initProject(
  _dir: string,
): Promise<{ created: string[]; kept: string[]; clientConfiguration: string }> {
  throw new Error('placeholder');
}
